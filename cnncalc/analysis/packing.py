"""How values lie in memory: in order, behind a cut, or permuted. A layer that needs them in order makes a copy."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.analysis.strides import Layouts
    from cnncalc.graph import Graph, Node
    from cnncalc.layers.base import Saved

PACKING = frozenset({"groupnorm", "instancenorm"})
"""Layers that copy an input, and the gradient of their output, that is not in order."""

FOLDING = {"matmul": 2, "linear": 1}
"""Layers that take all axes before the last two, or the last, for one, and copy an input whose axes do not lie so."""

ROOMY = frozenset({"fold"})
"""Layers whose output lies in a storage that is as large as what enters, where that is larger."""

JOINING = frozenset({"flatten", "reshape", "tobatch"})
"""Layers that join axes: a look at the same storage if the axes lie in order, else a copy."""

PERMUTING = frozenset({"permute", "transpose"})
ELEMENTWISE = tuple(f"cnncalc.layers.{room}" for room in ("activation", "smooth", "dropout"))
"""Where the layers are whose output lies as their input does."""


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


def is_packed(graph: Graph, index: int, is_view: Sequence[bool], batch: int) -> bool:
    """Whether a value fills its memory in order: not behind a cut or a permutation that only looks at another storage.

    Args:
        graph: the network.
        index: of the node whose value is meant.
        is_view: by node, as far as ``index``.
        batch: samples per batch; 1 asks about every sample by itself.
    """
    dense = False
    while (node := graph.nodes[index]).inputs:
        if is_view[index]:
            if _puts_heads_back(graph, node):
                return True
            if node.op in PERMUTING or (not dense and _is_cut(graph, node, batch)):
                return False
        elif type(node.layer).__module__ in ELEMENTWISE:
            dense = True  # no gaps any more, but the order of the axes stays
        else:
            return not _has_heads(node)
        index = node.inputs[0]
    return True


def _has_heads(node: Node) -> bool:
    """Whether PyTorch lays the value out with an axis of heads behind that of the queries: attention over heads."""
    return node.op == "sdpa" and len(node.shape or ()) == 3  # noqa: PLR2004 (heads, queries, features)


def _puts_heads_back(graph: Graph, node: Node) -> bool:
    """Whether a permutation gives the order in which attention over heads lies in memory."""
    before = graph.nodes[node.inputs[0]]
    if node.op not in PERMUTING or not _has_heads(before) or before.shape is None:
        return False
    return node.layer.reach(before.shape).order == (1, 0, 2)


def _is_cut(graph: Graph, node: Node, batch: int) -> bool:
    """Whether a view leaves out a part of an axis that others come before."""
    shape, whole = node.shape or (), graph.nodes[node.inputs[0]].shape or ()
    axes = enumerate(zip(shape, whole, strict=False)) if len(shape) == len(whole) else ()
    return any(size != full and batch * prod(shape[:axis]) > 1 for axis, (size, full) in axes)
