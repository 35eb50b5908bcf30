"""Distances in memory between neighbours on every axis of a value, the batch first, as PyTorch's tensors have them."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from cnncalc.analysis.memory import EVALUATION_IDENTITY
from cnncalc.analysis.packing import ELEMENTWISE, JOINING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.analysis.facts import Facts
    from cnncalc.graph import Graph, Node

Numbers = tuple[int, ...]


def contiguous(sizes: Numbers) -> Numbers:
    """Those of a value that fills its memory in order."""
    return tuple(prod(sizes[axis + 1 :]) for axis in range(len(sizes)))


def dense(sizes: Numbers, strides: Numbers) -> Numbers:
    """Those of a new value whose axes lie in the order of another: the largest distance first."""
    order = sorted(range(len(sizes)), key=lambda axis: -strides[axis])
    found = [0] * len(sizes)
    for place, axis in enumerate(order):
        found[axis] = prod(sizes[other] for other in order[place + 1 :])
    return tuple(found)


def viewed(sizes: Numbers, strides: Numbers, wanted: Numbers) -> Numbers | None:
    """Those of a look at the same memory in other sizes; None if there is none. Source: ATen's ``computeStride``."""
    found = [0] * len(wanted)
    place = len(wanted) - 1
    step, whole, seen = strides[-1], 1, 1
    for axis in reversed(range(len(sizes))):
        whole *= sizes[axis]
        if axis and (sizes[axis - 1] == 1 or strides[axis - 1] == whole * step):
            continue
        while place >= 0 and (seen < whole or wanted[place] == 1):
            found[place] = seen * step
            seen *= wanted[place]
            place -= 1
        if seen != whole:
            return None
        if axis:
            step, whole, seen = strides[axis - 1], 1, 1
    return tuple(found) if place < 0 else None


def _without(strides: Numbers, sizes: Numbers, left: Numbers) -> Numbers:
    """Those of a value of which one place of an axis is taken: the axis that is not among those that are left."""
    gone = next((axis for axis, size in enumerate(left) if sizes[axis] != size), len(left))
    return (*strides[:gone], *strides[gone + 1 :])


class Layouts:
    """Sizes and distances of the values of a network, worked out where they are asked for."""

    def __init__(self, graph: Graph, views: Sequence[bool], batch: int) -> None:
        """The network, which of its values are views, and the samples of a batch."""
        self.graph, self.views, self.batch = graph, views, batch
        self.known: dict[int, Numbers] = {}

    def sizes(self, node: Node) -> Numbers:
        """The sizes of a value, the batch first."""
        return (node.copies(self.batch), *(node.shape or ()))

    def strides(self, index: int) -> Numbers:
        """The distances of a value."""
        waiting: list[int] = []
        while index not in self.known:
            waiting.append(index)
            before = self._follows(self.graph.nodes[index])
            if before is None:
                break
            index = before
        for place in reversed(waiting):
            self.known[place] = self._strides(self.graph.nodes[place])
        return self.known[waiting[0] if waiting else index]

    def _follows(self, node: Node) -> int | None:
        """The value whose distances those of a node follow; None if it has an order of its own."""
        if not node.inputs:
            return None
        if self.views[node.index]:
            return node.inputs[0]
        if node.layer.stretches or type(node.layer).__module__ in ELEMENTWISE:
            sizes = self.sizes(node)
            return next((i for i in node.inputs if self.sizes(self.graph.nodes[i]) == sizes), None)
        return None

    def _strides(self, node: Node) -> Numbers:
        sizes, before = self.sizes(node), self._follows(node)
        if before is not None:
            return self._through(node) if self.views[node.index] else dense(sizes, self.known[before])
        if node.op == "sdpa" and len(sizes) == 4:  # noqa: PLR2004 (batch, heads, queries, features)
            _, heads, queries, features = sizes
            return (heads * queries * features, features, heads * features, 1)
        return contiguous(sizes)

    def _through(self, node: Node) -> Numbers:
        """Through a view: a permutation, a part, or other sizes."""
        before = self.known[node.inputs[0]]
        reach = node.layer.reach(*(self.graph.shapes_into(node) or ()))
        if reach.order is not None:
            return (before[0], *(before[1 + axis] for axis in reach.order))
        whole, sizes = self.sizes(self.graph.nodes[node.inputs[0]]), self.sizes(node)
        if len(whole) == len(sizes):
            stretched = zip(whole, sizes, before, strict=True)
            return tuple(0 if size > entering else step for entering, size, step in stretched)
        if prod(whole) != prod(sizes):
            return _without(before, whole, sizes)
        return viewed(whole, before, sizes) or contiguous(sizes)

    def is_joined(self, node: Node, index: int) -> bool:
        """Whether the axes before the last two of an input, the batch included, can be taken for one without a copy.

        A value that exists once per network is stretched over the batch before.
        """
        value = self.graph.nodes[index]
        strides = self.strides(index)
        sizes = (node.copies(self.batch), *(value.shape or ()))
        if value.copies(self.batch) < sizes[0]:
            strides = (0, *strides[1:])
        return viewed(sizes, strides, (prod(sizes[:-2]), *sizes[-2:])) is not None


def views(graph: Graph, facts: Sequence[Facts | None], *, train: bool) -> list[bool]:
    """For every node whether its output lives in the storage of its first input, for several samples.

    Axes are joined or split without a copy only where they lie so.
    """
    found: list[bool] = []
    layouts = Layouts(graph, found, 2)
    for node, known in zip(graph.nodes, facts, strict=True):
        is_view = known is not None and (known.is_view or (not train and node.op in EVALUATION_IDENTITY))
        if is_view and node.op in JOINING:
            entering = graph.nodes[node.inputs[0]]
            is_view = viewed(layouts.sizes(entering), layouts.strides(entering.index), layouts.sizes(node)) is not None
        found.append(is_view)
    return found
