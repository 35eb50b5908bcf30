"""What follows for layers from how their inputs lie in memory: copies that they keep, and the way that attention takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.analysis.memory.packing import FOLDING, PACKING, is_packed
from cnncalc.analysis.memory.strides import viewed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.analysis.memory.strides import Layouts
    from cnncalc.graph import Node
    from cnncalc.layers.base import Saved


PARTICULAR = PACKING | FOLDING.keys()
"""Layers that keep a copy of what does not lie as they need it."""


def apart(node: Node, saved: Saved, layouts: Layouts) -> list[int]:
    """Which of the inputs that a layer keeps it keeps as a copy, since they do not lie as it needs them."""
    if node.op in PACKING:
        packed = is_packed(layouts.graph, node.inputs[0], layouts.views, node.copies(layouts.batch))
        return [] if packed else list(saved.inputs)
    if node.op not in FOLDING:
        return []
    most = 1 if node.op == "linear" else len(node.inputs)
    last = FOLDING[node.op]
    return [place for place in saved.inputs if place < most and not layouts.is_joined(node, node.inputs[place], last)]


def by_time(node: Node, layouts: Layouts) -> bool:
    """Whether times and samples of a sequence, the times first, are a look at where they lie."""
    sizes, strides = layouts.sizes(layouts.graph.nodes[node.inputs[0]]), layouts.strides(node.inputs[0])
    samples, times, features = sizes
    turned = (strides[1], strides[0], strides[2])
    return viewed((times, samples, features), turned, (times * samples, features)) is not None


def in_steps(node: Node, layouts: Layouts, needs: Sequence[bool]) -> bool:
    """Whether PyTorch takes attention step by step: its mask needs a gradient, or features do not lie side by side."""
    if any(needs[3:]):
        return True
    return any(needs) and any(layouts.strides(i)[-1] != 1 for i in node.inputs[:3])


def lies_by_head(node: Node, layouts: Layouts) -> bool:
    """Whether the values of attention, batch and heads as one axis, are a look at where they lie."""
    strides, sizes = layouts.strides(node.inputs[2]), layouts.sizes(layouts.graph.nodes[node.inputs[2]])
    heads = getattr(node.layer, "num_heads", 1)
    if len(sizes) == 4:  # noqa: PLR2004 (batch, heads, keys, features)
        heads, step = sizes[1], strides[1]
    else:
        step = sizes[-1] // heads * strides[-1]
    return heads == 1 or sizes[0] == 1 or strides[0] == heads * step
