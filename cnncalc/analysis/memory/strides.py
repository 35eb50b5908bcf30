"""Distances in memory between neighbours on every axis of a value, the batch first, as PyTorch's tensors have them."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from cnncalc.analysis.memory.packing import ELEMENTWISE, JOINING, TIMES_FIRST
from cnncalc.analysis.memory.storages import EVALUATION_IDENTITY
from cnncalc.layers.broadcast import Elementwise
from cnncalc.layers.einsum import Einsum

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.analysis.facts import Facts
    from cnncalc.graph import Graph, Node

Numbers = tuple[int, ...]


LAST = frozenset({"concat", "roll", "conv", "depthwise", "batchnorm", "maxpool", "avgpool"})
"""Layers whose output has its channels last in memory if all that enters has."""


def channels_last(sizes: Numbers, strides: Numbers) -> bool:
    """Whether PyTorch takes a map with two or three spatial axes for one whose channels lie last.

    Source: ATen's ``is_channels_last_strides_2d``.
    """
    if len(sizes) not in {4, 5} or strides[1] == 0:
        return False
    least = 0
    for axis in (1, *range(len(sizes) - 1, 1, -1), 0):
        if strides[axis] < least or (axis == 0 and least == strides[1]):
            return False
        least = strides[axis] * max(sizes[axis], 1)
    return True


def ordered(sizes: Numbers, axes: Sequence[int]) -> Numbers:
    """The distances where the axes follow one another in this order."""
    by_axis = dict(zip(axes, contiguous(tuple(sizes[axis] for axis in axes)), strict=True))
    return tuple(by_axis[axis] for axis in range(len(sizes)))


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
        if self._is_elementwise(node):
            sizes = self.sizes(node)
            return next((i for i in node.inputs if self.sizes(self.graph.nodes[i]) == sizes), None)
        return None

    def _is_elementwise(self, node: Node) -> bool:
        """Whether the output lies as its inputs do: a number for a number at the same place."""
        if isinstance(node.layer, Elementwise) or node.op == "flip" or type(node.layer).__module__ in ELEMENTWISE:
            return True
        return isinstance(node.layer, Einsum) and not node.layer.is_product(*(self.graph.shapes_into(node) or ()))

    def _strides(self, node: Node) -> Numbers:
        sizes, before = self.sizes(node), self._follows(node)
        if before is not None:
            return self._through(node) if self.views[node.index] else dense(sizes, self.known[before])
        if node.op == "sdpa" and len(sizes) == 4:  # noqa: PLR2004 (batch, heads, queries, features)
            _, heads, queries, features = sizes
            return (heads * queries * features, features, heads * features, 1)
        flowing = node.inputs if node.layer.arity is None else node.inputs[:1]
        if node.op in LAST and all(channels_last(self.sizes(self.graph.nodes[i]), self.strides(i)) for i in flowing):
            return ordered(sizes, (0, *range(2, len(sizes)), 1))
        if isinstance(node.layer, Einsum):
            once = [not self.graph.nodes[i].times for i in node.inputs]
            return ordered(sizes, node.layer.lies(self.batch, once, *(self.graph.shapes_into(node) or ())))
        if node.op in TIMES_FIRST and len(sizes) == 3:  # noqa: PLR2004 (batch, times, features)
            return (sizes[2], sizes[0] * sizes[2], 1)
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

    def is_joined(self, node: Node, index: int, apart: int) -> bool:
        """Whether the axes before the last ``apart`` of an input, the batch included, can be taken for one without a copy.

        A value that exists once per network is stretched over the batch before.
        """
        value = self.graph.nodes[index]
        strides = self.strides(index)
        sizes = (node.copies(self.batch), *(value.shape or ()))
        if value.copies(self.batch) < sizes[0]:
            strides = (0, *strides[1:])
        return viewed(sizes, strides, (prod(sizes[:-apart]), *sizes[-apart:])) is not None


def views(graph: Graph, facts: Sequence[Facts | None], batch: int, *, train: bool) -> list[bool]:
    """For every node whether its output lives in the storage of its first input.

    Axes are joined or split without a copy only where they lie so.
    """
    found: list[bool] = []
    layouts = Layouts(graph, found, batch)
    for node, known in zip(graph.nodes, facts, strict=True):
        is_view = known is not None and (known.is_view or (not train and node.op in EVALUATION_IDENTITY))
        if is_view and node.op in JOINING:
            entering = graph.nodes[node.inputs[0]]
            is_view = viewed(layouts.sizes(entering), layouts.strides(entering.index), layouts.sizes(node)) is not None
        found.append(is_view)
    return found
