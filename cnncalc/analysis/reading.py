"""Which positions of every value are read: sets of positions carried backwards through the layers, clipped at every border.

A set of positions on one axis is a whole number with a bit for each of them. Axes are treated each by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.analysis.positions import resample_taps
from cnncalc.diagnostics import ShapeError
from cnncalc.layers.base import Adaptive, AxisMap, Reach, Resample, Same, Scatter, Shape, Window

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnncalc.graph import Graph, Node

Masks = tuple[int, ...]
"""One set of positions per dimension of a value, channels included (which are not told apart: all or none)."""


def reading(graph: Graph, wanted: Mapping[int, Masks] | None = None) -> list[Masks | None]:
    """What is read of every node's output.

    Args:
        graph: the network.
        wanted: where to begin: positions by node; without it, everything of the network's outputs.

    Returns:
        By node; all sets empty where nothing reaches what is wanted, None where a shape is unknown.
    """
    return _Reader(graph).run(everything(graph) if wanted is None else wanted)


def everything(graph: Graph) -> dict[int, Masks]:
    """All positions of the network's outputs."""
    return {i: full(graph.nodes[i].shape or ()) for i in graph.outputs}


def full(shape: Shape) -> Masks:
    """All positions of a value."""
    return tuple((1 << size) - 1 for size in shape)


class _Reader:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.known: dict[tuple[int, AxisMap, int], int] = {}
        self.reaches: dict[tuple[int, tuple[Shape, ...]], Reach | None] = {}

    def run(self, wanted: Mapping[int, Masks]) -> list[Masks | None]:
        masks: list[Masks | None] = [
            None if node.shape is None else (0,) * len(node.shape) for node in self.graph.nodes
        ]
        for index, mask in wanted.items():
            masks[index] = mask
        for node in reversed(self.graph.nodes):
            own = masks[node.index]
            if own is None or not any(own) or not node.inputs:
                continue
            reach = self.reach(node)
            for i in node.inputs:
                before, shape = masks[i], self.graph.nodes[i].shape
                if before is not None and shape is not None:
                    masks[i] = tuple(
                        a | b for a, b in zip(before, self.through(reach, own, shape, node.shape), strict=True)
                    )
        return masks

    def reach(self, node: Node) -> Reach | None:
        shapes = self.graph.shapes_into(node)
        if shapes is None or node.problem is not None:
            return None
        key = (id(node.layer), shapes)
        if key not in self.reaches:
            try:
                self.reaches[key] = node.layer.reach(*shapes)
            except ShapeError:
                self.reaches[key] = None
        return self.reaches[key]

    def through(self, reach: Reach | None, own: Masks, shape: Shape, out: Shape | None) -> Masks:
        """What is read of an input, if ``own`` is read of the output. A layer that nobody can ask reads everything."""
        if reach is None or out is None or reach.globally or (reach.order is None and len(shape) != len(out)):
            return full(shape)
        if reach.order is not None:
            back = [0] * len(shape)
            for place, dim in enumerate(reach.order):
                back[dim] = own[place]
            return tuple(back)
        if not reach.axes:
            return tuple(_pointwise(mask, size) for mask, size in zip(own, shape, strict=True))
        axes = zip(own[1:], reach.axes, shape[1:], strict=True)
        first = (1 << shape[0]) - 1 if reach.first is None else self.axis(own[0], reach.first, shape[0])
        return (first, *(self.axis(mask, axis, size) for mask, axis, size in axes))

    def axis(self, mask: int, axis: AxisMap, size: int) -> int:
        key = (mask, axis, size)
        known = self.known.get(key)
        if known is None:
            known = self.known[key] = _read(mask, axis) & ((1 << size) - 1) if mask else 0
        return known


def _pointwise(mask: int, size: int) -> int:
    """The same positions; an axis of one is read if anything is (it may be broadcast)."""
    return min(mask, 1) if size == 1 else mask & ((1 << size) - 1)


def _read(mask: int, axis: AxisMap) -> int:
    if isinstance(axis, Window):
        return _taps(_spread(mask, axis.stride), axis)
    if isinstance(axis, Scatter):
        return sum(1 << i for i in _scattered(mask, axis))
    if isinstance(axis, Resample):
        return _resampled(mask, axis)
    if isinstance(axis, Adaptive):
        return _adaptive(mask, axis)
    return mask if isinstance(axis, Same) else -1


def _taps(starts: int, axis: Window) -> int:
    found = 0
    for tap in range(axis.kernel):
        found |= starts << (axis.dilation * tap)
    return found >> axis.begin if axis.begin >= 0 else found << -axis.begin


def _spread(mask: int, stride: int) -> int:
    """Bit o goes to bit o * stride."""
    return mask if stride == 1 else int(("0" * (stride - 1)).join(f"{mask:b}"), 2)


def positions(mask: int) -> list[int]:
    """The positions in a set."""
    return [i for i, bit in enumerate(reversed(f"{mask:b}")) if bit == "1"]


def _scattered(mask: int, axis: Scatter) -> set[int]:
    found = set()
    for o in positions(mask):
        for tap in range(axis.kernel):
            i, rest = divmod(o + axis.begin - axis.dilation * tap, axis.stride)
            if not rest and i >= 0:
                found.add(i)
    return found


def _resampled(mask: int, axis: Resample) -> int:
    found = 0
    for o in positions(mask):
        for tap in resample_taps(axis, o):
            found |= 1 << min(max(tap, 0), axis.size - 1)
    return found


def _adaptive(mask: int, axis: Adaptive) -> int:
    found = 0
    for o in positions(mask):
        first, last = o * axis.size // axis.out, -(-(o + 1) * axis.size // axis.out)
        found |= ((1 << (last - first)) - 1) << first
    return found
