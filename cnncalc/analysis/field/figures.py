"""Numbers of what is seen: size, jump, coverage and the effective width, per axis of the input.

The effective field is the width of four standard deviations of the pixels that matter, which hold 95.45 % of a normal
distribution; how far they scatter is in ``spread``.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import sqrt
from typing import TYPE_CHECKING, final

from cnncalc.analysis.field.seen import sizes_of
from cnncalc.analysis.result import AxisField, ReceptiveField

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cnncalc.analysis.field.positions import View
    from cnncalc.analysis.field.seen import Seen
    from cnncalc.layers.base import Shape

    Axis = tuple[View | None, int, View | None, float, int]


WHOLE = Fraction(1)


@final
class Figures:
    """The figures of the values of one graph; equal ones are made once."""

    def __init__(self) -> None:
        """None made yet."""
        self._fields: dict[tuple[int, Shape], ReceptiveField] = {}

    def of(self, seen: Seen, shape: Shape, pixels: Shape) -> ReceptiveField:
        """The field of a value of this shape; ``pixels`` are the sizes of the axes of the input."""
        key = (id(seen), shape if not seen.dims or seen.dims[0] is not None else shape[1:])
        known = self._fields.get(key)
        if known is None:
            sizes = sizes_of(seen, shape)
            outputs = [sizes.get(axis, 1) for axis in range(len(pixels))]
            axes = zip(seen.views, outputs, seen.shortest, seen.spread, pixels, strict=True)
            known = self._fields[key] = _fields(axes)
        return known


def _fields(axes: Iterable[Axis]) -> ReceptiveField:
    """The figures of all axes; those of one that is like the one before are the same."""
    last: Axis | None = None
    found: list[AxisField] = []
    for axis in axes:
        found.append(found[-1] if axis == last else _axis_field(*axis))
        last = axis
    return tuple(found)


@lru_cache(maxsize=1024)
def _halves(count: int) -> Fraction:
    """So many half pixels: most centres, jumps and starts are among few numbers."""
    return Fraction(count, 2)


def _axis_field(view: View | None, outputs: int, short: View | None, spread: float, pixels: int) -> AxisField:
    wide = 4 * sqrt(spread + 1 / 12)  # a pixel is itself one wide
    shortest = pixels if short is None else short.phases[outputs // 2 % short.period].width
    if view is None:
        return AxisField(
            pixels, Fraction(0), Fraction(0), Fraction(pixels - 1, 2), Fraction(1), shortest, pixels, pixels, min(wide, pixels),
            whole=True,
        )  # fmt: skip
    first, centre = view.phases[0], view.phases[outputs // 2 % view.period]
    size = centre.last - centre.first + 1
    widths = [size] if view.period == 1 else [pixels.width for pixels in view.phases[:outputs]]
    coverage = WHOLE if centre.size == size > 0 else Fraction(centre.size, size or 1)
    jump = _halves(2 * view.shift) if view.period == 1 else view.jump
    middle = _halves(first.first + first.last)
    return AxisField(
        size, jump, Fraction(first.first), middle, coverage, shortest, min(widths), max(widths), min(wide, size)
    )
