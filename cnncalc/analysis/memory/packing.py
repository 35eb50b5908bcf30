"""How values lie in memory: in order, behind a cut, or permuted. A layer that needs them in order makes a copy."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.graph import Graph, Node

PACKING = frozenset({"groupnorm", "instancenorm"})
"""Layers that copy an input, and the gradient of their output, that is not in order."""

FOLDING = {"matmul": 2, "linear": 1}
"""Layers that take all axes before the last two, or the last, for one, and copy an input whose axes do not lie so."""

ROOMY = frozenset({"fold"})
"""Layers whose output lies in a storage that is as large as what enters, where that is larger."""

JOINING = frozenset({"flatten", "reshape", "tobatch"})
"""Layers that join axes: a look at the same storage if the axes lie in order, else a copy."""

TIMES_FIRST = frozenset({"rnn", "lstm", "gru"})
"""Layers that give a sequence whose times lie before the batch."""

PERMUTING = frozenset({"permute", "transpose"})
ELEMENTWISE = tuple(f"cnncalc.layers.{room}" for room in ("activation", "smooth", "dropout"))
"""Where the layers are whose output lies as their input does."""


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
