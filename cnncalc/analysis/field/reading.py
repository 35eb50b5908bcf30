"""Which positions of every value are read: sets of positions carried backwards through the layers, clipped at every border.

Axes are treated each by itself. Where the positions fall into too many pieces to follow them, what is read is not known,
and neither is what the layers before it read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.analysis.field.pixels import EMPTY, Budget, Pixels, Stretch, TooFineError, full, gathered, repeated, union
from cnncalc.analysis.field.positions import resample_ratio, resample_taps
from cnncalc.analysis.field.reaches import Reaches
from cnncalc.layers.base import Adaptive, AxisMap, Cyclic, Moved, Picked, Reach, Resample, Same, Scatter, Shape, Window

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cnncalc.graph import Graph, Node

Read = tuple[Pixels, ...]
"""One set of positions per dimension of a value, channels included (which are not told apart: all or none)."""


def reading(graph: Graph, wanted: Mapping[int, Read] | None = None) -> list[Read | None]:
    """What is read of every node's output.

    Args:
        graph: the network.
        wanted: where to begin: positions by node; without it, everything of the network's outputs.

    Returns:
        By node; all sets empty where nothing reaches what is wanted, None where it is unknown: without a shape, or with
        positions in too many pieces.
    """
    return _Reader(graph).run(everything(graph) if wanted is None else wanted)


def everything(graph: Graph) -> dict[int, Read]:
    """All positions of the network's outputs."""
    return {i: tuple(map(full, graph.nodes[i].shape or ())) for i in graph.outputs}


class _Reader:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.budget = Budget()
        self.known: dict[tuple[Pixels, AxisMap, int], Pixels] = {}
        self.reaches = Reaches(graph)
        self.lost: set[int] = set()
        """Nodes of whose output nobody knows what is read."""

    def run(self, wanted: Mapping[int, Read]) -> list[Read | None]:
        read: list[Read | None] = [
            None if node.shape is None else (EMPTY,) * len(node.shape) for node in self.graph.nodes
        ]
        for index, sets in wanted.items():
            read[index] = sets
        for node in reversed(self.graph.nodes):
            own = read[node.index]
            if node.index in self.lost:
                self.lost.update(node.inputs)
                read[node.index] = None
            elif own is not None and node.inputs and any(part.width for part in own):
                self.pass_on(node, own, read)
        return read

    def pass_on(self, node: Node, own: Read, read: list[Read | None]) -> None:
        """What a node reads is added to what is read of its inputs."""
        reach = self.reaches.of(node)
        named = {place for field, place in node.layer.places().items() if field in node.layer.reads}
        for place, i in enumerate(node.inputs):
            before, shape = read[i], self.graph.nodes[i].shape
            if before is None or shape is None or (place and reach is not None and reach.batch is not None):
                continue  # windows and copies take a size from a named value at most
            try:
                count = len(node.inputs)
                part = None if reach is None or place in named else self.reaches.of_operand(node, reach, place, count)
                more = self.through(part, own, shape, node.shape)
                read[i] = more if before == more else tuple(self.both(*pair) for pair in zip(before, more, strict=True))
            except TooFineError:
                self.lost.add(i)

    def both(self, a: Pixels, b: Pixels) -> Pixels:
        """The union of what two nodes read."""
        return b if a is EMPTY or a == b else union((a, b), self.budget)

    def through(self, reach: Reach | None, own: Read, shape: Shape, out: Shape | None) -> Read:
        """What is read of an input, if ``own`` is read of the output. A layer that nobody can ask reads everything."""
        if reach is not None and reach.batch is not None:
            return _moved(reach.batch, own, shape)
        if reach is None or out is None or reach.globally or (reach.order is None and len(shape) != len(out)):
            return tuple(map(full, shape))
        if reach.order is not None:
            back = [EMPTY] * len(shape)
            for place, dim in enumerate(reach.order):
                back[dim] = own[place]
            return tuple(back)
        if not reach.axes:
            return tuple(_pointwise(part, size) for part, size in zip(own, shape, strict=True))
        axes = zip(own[1:], reach.axes, shape[1:], strict=True)
        first = full(shape[0]) if reach.first is None else self.axis(own[0], reach.first, shape[0])
        return (first, *(self.axis(part, axis, size) for part, axis, size in axes))

    def axis(self, outputs: Pixels, axis: AxisMap, size: int) -> Pixels:
        key = (outputs, axis, size)
        known = self.known.get(key)
        if known is None:
            known = self.known[key] = read_by(outputs, axis, size, self.budget) if outputs.width else EMPTY
        return known


def _moved(batch: Moved, own: Read, shape: Shape) -> Read:
    """Copies of a sample are not told apart: of axes that are cut or moved everything is read."""
    if batch.blocks:
        return tuple(full(n) if block else part for n, block, part in zip(shape, batch.blocks, own, strict=True))
    return (full(shape[0]), *own) if batch.into else own[1:]


def _pointwise(part: Pixels, size: int) -> Pixels:
    """The same positions; an axis of one is read if anything is (it may be broadcast)."""
    return full(1) if size == 1 and part.width else part.within(size)


def read_by(outputs: Pixels, axis: AxisMap, size: int, budget: Budget) -> Pixels:
    """The inputs, of ``size``, that outputs read."""
    if isinstance(axis, Same):
        return outputs.within(size)
    reader = _READERS.get(type(axis))
    if reader is None:
        return full(size)
    if not outputs.pieces:
        return reader((outputs.first, outputs.last), axis, size, budget).within(size)
    stretches = outputs.stretches()
    budget.charge(len(stretches) - 1)
    parts = [reader(stretch, axis, size, budget).within(size) for stretch in stretches]
    return union(parts, budget)


def _windows(outputs: Stretch, axis: Window, size: int, budget: Budget) -> Pixels:
    """The inputs of neighbouring windows: two steps, along the outputs and along the taps; the smaller one first."""
    kernel, stride, begin, _, dilation = axis
    start, end = (o * stride - begin for o in outputs)
    if dilation == 1 and (stride <= kernel or outputs[0] == outputs[1]):
        return Pixels(start, end + kernel - 1)
    first = max(0, -(end // dilation))  # the taps that can meet the input
    last = min(kernel - 1, (size - 1 - start) // dilation)
    if first > last:
        return EMPTY
    low = max(0, -((start + dilation * last) // stride))  # and the windows
    high = min(outputs[1] - outputs[0], (size - 1 - start - dilation * first) // stride)
    place = start + dilation * first + stride * low
    steps = sorted(((stride, high - low + 1), (dilation, last - first + 1)))
    found = Pixels(place, place)
    for step, count in steps:
        found = repeated(found, step, count, budget)
    return found


def _scattered(outputs: Stretch, axis: Scatter, size: int, budget: Budget) -> Pixels:
    """The inputs that write to neighbouring outputs: ``input * stride = output + begin - dilation * tap``."""
    kernel, stride, begin, dilation = axis
    low, high = outputs[0] + begin, outputs[1] + begin
    if high - low + 1 >= dilation:
        return Pixels(-(-(low - dilation * (kernel - 1)) // stride), high // stride)
    first = max(0, -((size * stride - low) // dilation))
    last = min(kernel - 1, high // dilation)
    budget.charge(last - first)
    taps = (dilation * tap for tap in range(first, last + 1))
    found = ((-(-(low - tap) // stride), (high - tap) // stride) for tap in taps)
    return gathered((a, b) for a, b in found if a <= b)


def _resampled(outputs: Stretch, axis: Resample, size: int, budget: Budget) -> Pixels:
    """The inputs that neighbouring interpolated outputs read; places beyond a border count for the border."""
    ratio = resample_ratio(axis)
    if ratio <= 1:
        low, high = outputs
        ends = {low, min(low + 1, high), max(low, high - 1), high}  # on a pixel itself a cubic reads no neighbours
        taps = [tap for o in ends for tap in resample_taps(axis, o, ratio)]
        return Pixels(_clamped(min(taps), size), _clamped(max(taps), size))
    budget.charge(outputs[1] - outputs[0])
    places = {_clamped(tap, size) for o in range(outputs[0], outputs[1] + 1) for tap in resample_taps(axis, o, ratio)}
    return gathered((place, place) for place in places)


def _clamped(place: int, size: int) -> int:
    return min(max(place, 0), size - 1)


def _adaptive(outputs: Stretch, axis: Adaptive, size: int, budget: Budget) -> Pixels:
    """The inputs of neighbouring windows, which leave no gaps."""
    del size, budget
    return Pixels(outputs[0] * axis.size // axis.out, -(-(outputs[1] + 1) * axis.size // axis.out) - 1)


def _rolled(outputs: Stretch, axis: Cyclic, size: int, budget: Budget) -> Pixels:
    """The inputs of neighbouring outputs, around the ends: one stretch or two."""
    del budget
    low, high = (o - axis.shift for o in outputs)
    if high - low + 1 >= size:
        return full(size)
    low, high = low % size, high % size
    return Pixels(low, high) if low <= high else gathered(((0, high), (low, size - 1)))


def _picked(outputs: Stretch, axis: Picked, size: int, budget: Budget) -> Pixels:
    """The places of neighbouring outputs."""
    del size
    budget.charge(outputs[1] - outputs[0])
    places = sorted(set(axis.places[outputs[0] : outputs[1] + 1]))
    return gathered((place, place) for place in places)


_READERS: dict[type, Callable[..., Pixels]] = {
    Window: _windows,
    Scatter: _scattered,
    Resample: _resampled,
    Adaptive: _adaptive,
    Cyclic: _rolled,
    Picked: _picked,
}
