"""Where values live, as in PyTorch's eager mode, how long, and what autograd keeps of them for the backward pass.

A value lives in a *storage*. A node makes a new storage for its output, unless the output is a view (flatten, a slice)
or overwrites the input (in-place activations): then it lives in the storage of its first input.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.analysis.memory.packing import ROOMY
from cnncalc.layers.base import NOTHING, Saved
from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.graph import Graph, Node

EVALUATION_IDENTITY = frozenset({"dropout", "dropout1d", "dropout2d", "dropout3d", "alphadropout", "stochasticdepth"})
"""Layers that return their input itself in evaluation."""


class Peak(NamedTuple):
    """The largest sum of bytes, and the index of the node at which it occurs first."""

    bytes: int
    at: int


class Storages(NamedTuple):
    """Where every value lives, and how long.

    ``of``: for every node the node that made the storage of its value; ``size``: bytes of the storage that a node makes
    (0 if it makes none, as a constant does, or the shape is unknown); ``last``: for a node that made a storage the last node that reads it.
    """

    of: list[int]
    size: list[int]
    last: list[int]


def storages(graph: Graph, sizes: Sequence[int], views: Sequence[bool]) -> Storages:
    """Follow every value to the storage it lives in.

    Args:
        graph: the network.
        sizes: bytes of every node's output, 0 where unknown.
        views: for every node whether its output lives in the storage of its first input.
    """
    of: list[int] = []
    room: list[int] = []
    last = list(range(len(graph.nodes)))
    for node, view, size in zip(graph.nodes, views, sizes, strict=True):
        index, inputs = node.index, node.inputs
        of.append(of[inputs[0]] if view else index)
        for i in inputs:
            last[of[i]] = index
        if view or node.is_constant:
            room.append(0)
        else:
            room.append(max(size, sizes[inputs[0]]) if node.layer.op in ROOMY else size)
    for i in graph.outputs:
        last[of[i]] = len(graph.nodes)
    return Storages(of, room, last)


def ended(where: Storages) -> list[list[int]]:
    """For every node the storages that nobody reads after it; those without bytes are left out."""
    found: list[list[int]] = [[] for _ in where.size]
    for storage, (size, last) in enumerate(zip(where.size, where.last, strict=True)):
        if size and last < len(found):
            found[last].append(storage)
    return found


class Kept(NamedTuple):
    """What autograd keeps for one node: storages (by the node that made them), and bytes that nothing else holds."""

    storages: tuple[int, ...] = ()
    extra: int = 0


NOTHING_KEPT = Kept()


def kept(node: Node, saved: Saved, where: Storages, copies: int = 0) -> Kept:
    """What a layer says it saves, as storages of the graph; ``copies`` are further bytes."""
    if saved is NOTHING and not copies:
        return NOTHING_KEPT
    of, inputs = where.of, node.inputs
    own = tuple([of[inputs[i]] for i in saved.inputs])
    if saved.output:
        own = (*own, of[node.index])
    return Kept(own if len(own) <= 1 else tuple(dict.fromkeys(own)), saved.extra + copies)


def saved_bytes(where: Storages, keeps: Sequence[Kept]) -> list[int]:
    """Bytes that every node adds to what is kept for the backward pass: storages that no earlier node keeps, and extra.

    Their sum is what is kept at the end of the forward pass, parameters and buffers not included.
    """
    seen: set[int] = set()
    added = []
    for keep in keeps:
        size = keep.extra
        for s in keep.storages:
            if s not in seen:
                seen.add(s)
                size += where.size[s]
        added.append(size)
    return added
