"""What follows for layers from how their inputs lie in memory: copies that they keep, and the way that attention takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.analysis.memory.distances import is_contiguous, is_dense_last, viewed
from cnncalc.analysis.memory.packing import FOLDING, PACKING
from cnncalc.analysis.memory.strides import SEQUENCES

if TYPE_CHECKING:
    from cnncalc.analysis.memory.strides import Layouts
    from cnncalc.graph import Node
    from cnncalc.layers.attention import ScaledDotProduct
    from cnncalc.layers.base import Saved


PARTICULAR = PACKING | FOLDING.keys()
"""Layers that keep a copy of what does not lie as they need it."""


def apart(node: Node, saved: Saved, layouts: Layouts) -> list[int]:
    """Which of the inputs that a layer keeps it keeps as a copy, since they do not lie as it needs them."""
    if node.op in PACKING:
        return [] if _is_packed(node, layouts) else [place for place in saved.inputs if not place]
    if node.op not in FOLDING:
        return []
    most = 1 if node.op == "linear" else len(node.inputs)
    last, first = FOLDING[node.op], 1 if _by_matrix(node, layouts) else FOLDING[node.op]
    return [
        place
        for place in saved.inputs
        if place < most and not layouts.is_joined(node, node.inputs[place], last if place else first)
    ]


def _by_matrix(node: Node, layouts: Layouts) -> bool:
    """Whether a product is one with a trained matrix: PyTorch takes all axes of the other value before the last for one."""
    if node.op != "matmul":
        return False
    matrix = layouts.graph.nodes[node.inputs[1]]
    return matrix.is_constant and len(matrix.shape or ()) == 2 and layouts.needs[matrix.index]  # noqa: PLR2004 (a matrix)


def _is_packed(node: Node, layouts: Layouts) -> bool:
    """Whether what enters a normalisation lies as PyTorch reads it: in order, or for groups with the channels last."""
    sizes, strides = layouts.sizes(layouts.graph.nodes[node.inputs[0]]), layouts.strides(node.inputs[0])
    return is_contiguous(sizes, strides) or (node.op == "groupnorm" and is_dense_last(sizes, strides))


def by_time(node: Node, layouts: Layouts) -> bool:
    """Whether times and samples of a sequence, the times first, are a look at where they lie."""
    sizes, strides = layouts.sizes(layouts.graph.nodes[node.inputs[0]]), layouts.strides(node.inputs[0])
    samples, times, features = sizes
    turned = (strides[1], strides[0], strides[2])
    return viewed((times, samples, features), turned, (times * samples, features)) is not None


def lies_by_head(node: Node, layer: ScaledDotProduct, layouts: Layouts) -> bool:
    """Whether the values of attention, batch and heads as one axis, are a look at where they lie."""
    strides, sizes = layouts.strides(node.inputs[2]), layouts.sizes(layouts.graph.nodes[node.inputs[2]])
    if len(sizes) == SEQUENCES:
        samples, keys, features = sizes
        heads = layer.num_heads
        each = features // heads
        sizes, strides = (samples, heads, keys, each), (strides[0], each * strides[2], *strides[1:])
    samples, heads, keys, features = sizes
    return viewed(sizes, strides, (samples * heads, keys, features)) is not None
