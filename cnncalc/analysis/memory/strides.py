"""How the values of a network lie in memory: distances between neighbours on every axis, as PyTorch's tensors have them."""

from __future__ import annotations

from itertools import zip_longest
from math import prod
from typing import TYPE_CHECKING

from cnncalc.analysis.memory.distances import (
    behind,
    channels_last,
    contiguous,
    cut,
    is_contiguous,
    is_dense_last,
    iterated,
    ordered,
    preserved,
    put_back,
    viewed,
)
from cnncalc.analysis.memory.packing import (
    CHANNELS_LAST,
    FLAT_ONLY,
    JOINING,
    LIKE_INPUT,
    NUMBER_BY_NUMBER,
    STRETCHING,
    TIMES_FIRST,
)
from cnncalc.analysis.memory.particular import is_attention, is_einsum, is_layernorm, is_windowed
from cnncalc.analysis.memory.storages import EVALUATION_IDENTITY
from cnncalc.layers.base import Cyclic, Window
from cnncalc.layers.broadcast import Elementwise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.analysis.facts import Facts
    from cnncalc.analysis.memory.distances import Numbers
    from cnncalc.graph import Graph, Node
    from cnncalc.layers.windows import Unwindows, Windows

OWN_ORDER = TIMES_FIRST | {"einsum", "sdpa", "layernorm"}
"""Layers that may give values in an order of their own, however their inputs lie."""

SEQUENCES = 3
"""Axes of a batch of sequences: samples, times, features."""

MAPS = 4
"""Axes of a batch of images: samples, channels, rows, columns; of what attention makes: samples, heads, queries, features."""


def _without(strides: Numbers, sizes: Numbers, left: Numbers) -> Numbers:
    """Those of a value of which one place of an axis is taken: the axis that is not among those that are left."""
    gone = next((axis for axis, size in enumerate(left) if sizes[axis] != size), len(left))
    return (*strides[:gone], *strides[gone + 1 :])


def _is_number_by_number(node: Node) -> bool:
    """Whether the output lies as its inputs do: a number for a number at the same place."""
    if isinstance(node.layer, Elementwise) or is_einsum(node.layer) or node.op in LIKE_INPUT:
        return True
    return type(node.layer).__module__ in NUMBER_BY_NUMBER


class Layouts:
    """Sizes and distances of the values of a network, worked out where they are asked for."""

    def __init__(self, graph: Graph, views: list[bool], needs: Sequence[bool], batch: int) -> None:
        """The network, which of its values are views, which need a gradient, and the samples of a batch."""
        self.graph, self.views, self.needs, self.batch = graph, views, needs, batch
        self.known: list[Numbers | None] = []
        """By node, as far as somebody asked; None for a value that fills its memory in order."""

    def sizes(self, node: Node) -> Numbers:
        """The sizes of a value, the batch first."""
        return (node.copies(self.batch), *(node.shape or ()))

    def strides(self, index: int) -> Numbers:
        """The distances of a value."""
        return self.out_of_order(index) or contiguous(self.sizes(self.graph.nodes[index]))

    def out_of_order(self, index: int) -> Numbers | None:
        """The distances of a value that does not fill its memory in order; None for all others."""
        known = self.known
        for node in self.graph.nodes[len(known) : index + 1]:
            known.append(None if self._is_plain(node) else self._turned(node))
        return known[index]

    def _is_plain(self, node: Node) -> bool:
        """Whether nothing about a node can bring its output out of order."""
        if node.op in OWN_ORDER or (self.views[node.index] and node.op not in JOINING):
            return False
        return all(self.known[i] is None for i in node.inputs)

    def _turned(self, node: Node) -> Numbers | None:
        """The distances of a value that may lie in another order; None if it does not, or nobody knows what enters."""
        if node.problem is not None or node.shape is None or self.graph.shapes_into(node) is None:
            return None
        sizes = self.sizes(node)
        found = self._own_order(node, sizes) or self._like_inputs(node, sizes)
        return None if found == contiguous(sizes) else found

    def _like_inputs(self, node: Node, sizes: Numbers) -> Numbers:
        if self.views[node.index]:
            return self._through(node)
        if node.op == "flip":
            return preserved(sizes, self.strides(node.inputs[0]))
        if _is_number_by_number(node):
            flowing = node.inputs[: node.layer.arity]
            alike = node.op not in STRETCHING and all(self.sizes(self.graph.nodes[i]) == sizes for i in flowing)
            return iterated(sizes, self._operands(node, sizes), alike=alike or node.op == "glu")
        return ordered(sizes, behind(len(sizes))) if self._stays_last(node) else contiguous(sizes)

    def _stays_last(self, node: Node) -> bool:
        """Whether a layer gives a map with its channels last, since all that enters has them there."""
        if node.op not in CHANNELS_LAST or getattr(node.layer, "padding_mode", "") == "circular":
            return False
        entering = [(self.sizes(self.graph.nodes[i]), self.strides(i)) for i in node.inputs]
        sizes, strides = entering[0]
        if node.op in FLAT_ONLY and len(sizes) == SEQUENCES:
            samples, channels, places = sizes
            return channels_last((samples, channels, 1, places), (*strides[:2], places * strides[2], strides[2]))
        if node.op == "batchnorm" and (is_contiguous(sizes, strides) or is_dense_last(sizes, strides)):
            return not is_contiguous(sizes, strides)
        if (node.op in FLAT_ONLY and len(sizes) != MAPS) or (node.op == "roll" and self._stays_whole(node)):
            return False
        return all(channels_last(*value) for value in (entering if node.layer.arity is None else entering[:1]))

    def _stays_whole(self, node: Node) -> bool:
        """Whether one of the two parts that a roll puts behind one another is empty, which lies in order."""
        reach = node.layer.reach(*(self.graph.shapes_into(node) or ()))
        turns = [turn for turn in (reach.first, *reach.axes) if isinstance(turn, Cyclic)]
        return any(turn.shift % turn.size == 0 for turn in turns)

    def _own_order(self, node: Node, sizes: Numbers) -> Numbers | None:
        """Those of a layer that makes values in an order of its own, however its inputs lie."""
        shapes = self.graph.shapes_into(node) or ()
        if is_einsum(node.layer) and node.layer.is_product(*shapes):
            once = [not self.graph.nodes[i].times for i in node.inputs]
            return ordered(sizes, node.layer.lies(self.batch, once, *shapes))
        if is_attention(node.layer) and len(sizes) == MAPS:
            return ordered(sizes, (0, 1, 2, 3) if self.in_steps(node) else (0, 2, 1, 3))
        if node.op in TIMES_FIRST and len(sizes) == SEQUENCES:
            return ordered(sizes, (1, 0, 2))
        if is_layernorm(node.layer) and node.layer.moves_channels(shapes[0]):
            return ordered(sizes, behind(len(sizes)))
        return None

    def in_steps(self, node: Node) -> bool:
        """Whether PyTorch takes attention step by step: its mask needs a gradient, or features do not lie side by side."""
        needs = [self.needs[i] for i in node.inputs]
        if any(needs[3:]):
            return True
        return any(needs) and any(self.strides(i)[-1] != 1 for i in node.inputs[:3])

    def _operands(self, node: Node, sizes: Numbers) -> list[Numbers]:
        """The distances of what is computed on number by number, 0 along the axes over which it is stretched."""
        found = []
        for i in node.inputs[: node.layer.arity]:
            value, strides = self.graph.nodes[i], self.strides(i)
            if not value.shape:
                continue
            lacks = len(sizes) - len(strides)
            pairs = zip(self.sizes(value), sizes[lacks:], strides, strict=True)
            steps = (0 if own == 1 < size else step for own, size, step in pairs)
            found.append((*[0] * lacks, *steps))
        return found

    def _through(self, node: Node) -> Numbers:
        """Through a view: a permutation, other sizes, a part, or a place of an axis."""
        entering = self.graph.nodes[node.inputs[0]]
        before, whole, sizes = self.strides(entering.index), self.sizes(entering), self.sizes(node)
        reach = node.layer.reach(*(self.graph.shapes_into(node) or ()))
        if reach.order is not None:
            return (before[0], *(before[1 + axis] for axis in reach.order))
        if is_windowed(node.layer):
            return self.windowed(node, node.layer) or contiguous(sizes)
        if node.op in JOINING or (len(whole) != len(sizes) and prod(whole) == prod(sizes)):
            return viewed(whole, before, sizes) or contiguous(sizes)
        if len(whole) != len(sizes):
            return _without(before, whole, sizes)
        if node.op == "expand":
            pairs = zip(whole, sizes, before, strict=True)
            return tuple(0 if size > entering else step for entering, size, step in pairs)
        turns = [axis.stride if isinstance(axis, Window) else 1 for axis in (reach.first, *reach.axes)]
        return tuple(step * turn for step, turn in zip_longest(before, [1, *turns], fillvalue=1))

    def windowed(self, node: Node, layer: Windows | Unwindows) -> Numbers | None:
        """The distances of a look at windows, or at a map put together of them; None if that is a copy."""
        from cnncalc.layers.windows import Windows

        entering = self.graph.nodes[node.inputs[0]]
        sizes, strides, shapes = self.sizes(entering), self.strides(entering.index), self.graph.shapes_into(node) or ()
        if isinstance(layer, Windows):
            return cut(sizes, strides, {axis + 1: size for axis, size in layer.windows(shapes[0]).items()})
        counts = zip(layer.spatial(shapes[0]), layer.counts(*shapes), strict=True)
        return put_back(sizes, strides, {axis + 1: count for axis, count in counts})

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


def layouts(graph: Graph, facts: Sequence[Facts | None], needs: Sequence[bool], batch: int, *, train: bool) -> Layouts:
    """How the values lie, and which live in the storage of their first input.

    Axes are joined or split without a copy only where they lie so.
    """
    views: list[bool] = []
    found = Layouts(graph, views, needs, batch)
    for node, known in zip(graph.nodes, facts, strict=True):
        is_view = known is not None and (known.is_view or (not train and node.op in EVALUATION_IDENTITY))
        if is_view and node.op in JOINING:
            strides = found.out_of_order(node.inputs[0])
            whole = found.sizes(graph.nodes[node.inputs[0]])
            is_view = strides is None or viewed(whole, strides, found.sizes(node)) is not None
        elif known is not None and is_windowed(node.layer):
            is_view = found.windowed(node, node.layer) is not None
        views.append(is_view)
    return found
