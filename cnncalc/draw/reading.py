"""Which places of an axis are read, how often, and which are not: numbers, no marks."""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING, Literal

from cnncalc.diagnostics import UsageError
from cnncalc.layers.base import Adaptive, Same, Scatter, Whole, Window
from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from cnncalc.analysis.result import Analysis, Row
    from cnncalc.layers.base import AxisMap, Fit

Kind = Literal["real", "pad", "lost"]


class Axis(NamedTuple):
    """One axis of a layer: its map, the sizes of input and output, and how the window fits (None where nothing slides)."""

    map: AxisMap
    size: int
    out: int
    fit: Fit | None = None

    @property
    def first(self) -> int:
        """The first place of the padded input: negative where there is padding."""
        return -max(self.map.begin, 0) if isinstance(self.map, Window) else 0

    @property
    def last(self) -> int:
        """The last place of the padded input, or of the last window where it reaches beyond that (sizes rounded up)."""
        if not isinstance(self.map, Window):
            return self.size - 1
        return max(self.size + max(self.map.end, 0) - 1, self.reach)

    @property
    def reach(self) -> int:
        """The last place that the last window reads."""
        axis, final = self.map, self.out - 1
        if isinstance(axis, Window):
            return final * axis.stride - axis.begin + axis.dilation * (axis.kernel - 1)
        return final if isinstance(axis, Same) else self.size - 1

    def taps(self, output: int) -> range:
        """The places that an output reads, padding included."""
        axis = self.map
        if isinstance(axis, Window):
            start = output * axis.stride - axis.begin
            return range(start, start + axis.dilation * axis.kernel, axis.dilation)
        if isinstance(axis, Adaptive):
            return range(output * axis.size // axis.out, -(-(output + 1) * axis.size // axis.out))
        if isinstance(axis, Whole):
            return range(self.size)
        return range(output, output + 1)

    def count(self, place: int) -> int:
        """How many outputs read a place."""
        axis = self.map
        if isinstance(axis, Window):
            return _meetings(place + axis.begin, axis, self.out)
        if isinstance(axis, Adaptive):
            near = range(
                max(place * axis.out // axis.size - 1, 0), min((place + 1) * axis.out // axis.size + 2, axis.out)
            )
            return sum(place in self.taps(output) for output in near)
        return self.out if isinstance(axis, Whole) else 1

    def written(self, place: int) -> int:
        """How many inputs write an output, of a transposed window."""
        axis = self.map
        return _meetings(place + axis.begin, axis, self.size) if isinstance(axis, Scatter) else 1

    def kind(self, place: int) -> Kind:
        """What a place is: of the input, padding, or lost: behind the last window."""
        if place > self.reach:
            return "lost"
        return "real" if 0 <= place < self.size else "pad"


def _meetings(place: int, axis: Window | Scatter, count: int) -> int:
    """How many windows of ``count`` have a tap at a place, counted from where the first one starts: o*stride + dilation*t."""
    kernel, stride, dilation = axis.kernel, axis.stride, axis.dilation
    common = gcd(stride, dilation)
    low = max(-((dilation * (kernel - 1) - place) // stride), 0)
    high = min(place // stride, count - 1)
    if place % common or high < low:
        return 0
    every = dilation // common
    wanted = place // common * pow(stride // common, -1, every) % every if every > 1 else 0
    first = low + (wanted - low) % every
    return (high - first) // every + 1 if first <= high else 0


def axes_of(analysis: Analysis, row: Row) -> tuple[Axis, ...]:
    """The spatial axes of a layer.

    Raises:
        UsageError: the layer is broken, or its sizes are unknown.
    """
    node = row.node
    shapes = analysis.graph.shapes_into(node)
    if node.problem is not None or shapes is None or node.shape is None:
        raise UsageError(f"the sizes of {node.path} are unknown, for there is a problem: it cannot be drawn")
    maps = node.layer.reach(*shapes).axes if shapes else ()
    if not maps or len(shapes[0]) != len(node.shape) or len(maps) != len(node.shape) - 1:
        return ()
    fits = row.fits or (None,) * len(maps)
    return tuple(map(Axis, maps, shapes[0][1:], node.shape[1:], fits))


def axes_or_none(analysis: Analysis, row: Row) -> tuple[Axis, ...]:
    """The same, and none of a layer whose sizes are unknown."""
    try:
        return axes_of(analysis, row)
    except UsageError:
        return ()


def slides(axes: tuple[Axis, ...]) -> bool:
    """Whether windows read the input."""
    return any(isinstance(axis.map, Window | Adaptive) for axis in axes) and all(
        isinstance(axis.map, Window | Adaptive | Same | Whole) for axis in axes
    )


def scatters(axes: tuple[Axis, ...]) -> bool:
    """Whether windows write the output."""
    return any(isinstance(axis.map, Scatter) for axis in axes)


NAMES = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}
"""The spatial axes by how many there are."""


MOST, ENDS = 34, 24
"""Places up to which an axis is drawn whole, and how many are drawn of a longer one."""


def places(first: int, last: int, most: int | None = None) -> list[int | None]:
    """All places of an axis, or where they are too many those at both ends, and None for the gap between."""
    count = last - first + 1
    if count <= (most or MOST):
        return list(range(first, last + 1))
    most = most or ENDS
    front = (most + 1) // 2
    return [*range(first, first + front), None, *range(last - (most - front) + 1, last + 1)]
