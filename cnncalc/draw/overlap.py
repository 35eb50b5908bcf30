"""How often every output of a transposed convolution is written, and what a kernel divisible by the stride does to that."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from cnncalc.diagnostics import UsageError
from cnncalc.draw import cells
from cnncalc.draw.coverage import sizes
from cnncalc.draw.picture import LINE, Picture, compose
from cnncalc.draw.reading import Axis, Kind, axes_of, axes_or_none, places, scatters
from cnncalc.draw.svg import Mark, moved, words
from cnncalc.layers.base import Scatter, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.analysis.result import Analysis, Row
    from cnncalc.draw.subject import Subject


def picture(subject: Subject) -> Picture:
    """The picture.

    Raises:
        UsageError: the layer is no transposed convolution.
    """
    analysis = subject.analysis
    row = subject.row(lambda one: scatters(axes_or_none(analysis, one)))
    axes = axes_of(analysis, row)
    if not scatters(axes):
        raise UsageError(_refusal(analysis, row))
    outputs = [_Output(axis.map, axis.size, axis.out) for axis in axes]
    drawn = outputs[-2:]  # of a volume the plane of its last two axes
    shown_places = [places(0, axis.out - 1, subject.options.cells) for axis in drawn]
    marks, height = cells.grid(drawn, shown_places, Axis.written)
    most = prod(
        max(axis.written(p) for p in part if p is not None) for axis, part in zip(drawn, shown_places, strict=True)
    )
    kinds = cells.kinds(drawn, shown_places, Axis.written)
    below, more = cells.legend(kinds - {"unread"}, most, height + 6, "written")
    height += 6 + more
    last = axes[-1].map
    if isinstance(last, Scatter) and last.stride > 1:
        compared, more = _compared(last, height + 6)
        below, height = [*below, *compared], height + 6 + more
    before = shown(analysis.graph.nodes[row.node.inputs[0]].shape or ())
    title = f"{row.node.path}: {row.node.op} on {before} gives {shown(row.node.shape or ())}"
    return compose("overlap", title, (*sizes(analysis, row), *_verdict(axes)), (*marks, *below), height)


class _Output(Axis):
    """An axis of the output: all its places are real."""

    @property
    def reach(self) -> int:
        return self.out - 1

    def kind(self, place: int) -> Kind:
        return "real"


def _verdict(axes: Sequence[Axis]) -> list[str]:
    """Whether the outputs are written evenly."""
    found = []
    for axis in axes:
        if not isinstance(axis.map, Scatter):
            continue
        counts = _inner(axis.map)
        kernel, stride = axis.map.kernel, axis.map.stride
        if len(counts) == 1:
            text = f"stride {stride} divides the kernel {kernel}" if stride > 1 else "stride 1"
            found.append(f"{text}: away from the rim every place is written {cells.told(counts.pop())} per axis: even")
        else:
            many = " or ".join(map(str, sorted(counts)))
            found.append(
                f"stride {stride} does not divide the kernel {kernel}: places are written {many} times per axis: a checkerboard"
            )
    return list(dict.fromkeys(found))


def _inner(axis: Scatter) -> set[int]:
    """How often the places far from both ends are written."""
    size = 4 * (axis.kernel * axis.dilation // axis.stride + 2)
    wide = Axis(axis, size, size * axis.stride)
    middle = size // 2 * axis.stride
    return {wide.written(place) for place in range(middle, middle + axis.stride)}


def _compared(axis: Scatter, top: float) -> tuple[list[Mark], float]:
    """A line of outputs with this kernel and with the nearest that the stride divides."""
    kernel, stride = axis.kernel, axis.stride
    lower, upper = kernel // stride * stride, -(-kernel // stride) * stride
    marks: list[Mark] = []
    y = top
    for other in dict.fromkeys((kernel, lower or upper, upper)):
        size = max(4, -(-18 // stride))
        one = _Output(axis._replace(kernel=other, begin=0, dilation=1), size, (size - 1) * stride + other)
        part = places(0, one.out - 1, 24)
        marks.append(words(0, y + 9, f"one axis with kernel {other} and stride {stride}", "s"))
        made, height = cells.grid([one], [part], Axis.written)
        marks.append(moved(made, 0, y + LINE))
        y += LINE + height + 6
    return marks, y - top


def _refusal(analysis: Analysis, row: Row) -> str:
    having = [one.node.path for one in analysis.rows if scatters(axes_or_none(analysis, one))][:5]
    hint = f"; layers that are one: {', '.join(having)}" if having else ""
    return f"{row.node.path} is a {row.node.op}, no transposed convolution: its outputs are written once each{hint}"
