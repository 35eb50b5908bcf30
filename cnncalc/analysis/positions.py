"""Sets of input positions on one axis, for all outputs at once.

A layer reads positions in a pattern that repeats: what output ``o + period`` sees is what output ``o`` sees, ``shift``
pixels further. One set per phase therefore describes an axis of any length exactly. Nothing is clipped at the borders:
a window that reaches into the padding sees pixels with negative numbers.
"""

from __future__ import annotations

from fractions import Fraction
from math import gcd, lcm
from typing import TYPE_CHECKING

from cnncalc.layers.base import Adaptive, AxisMap, Resample, Same, Scatter, Window
from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


SETS = 2**18
"""More sets of pixels than these describe no field that anybody asks for."""


class TooFineError(Exception):
    """A pattern repeats so late that its sets would not fit: strange factors of resizing one after the other."""


def _check(sets: int) -> None:
    if sets > SETS:
        raise TooFineError


class Pixels(NamedTuple):
    """A set of whole numbers from ``first`` to ``last``; ``mask`` has a bit for each that is in it, None for all."""

    first: int
    last: int
    mask: int | None = None

    def moved(self, by: int) -> Pixels:
        """The same set further right."""
        return Pixels(self.first + by, self.last + by, self.mask) if by else self

    @property
    def size(self) -> int:
        """How many numbers it has."""
        return self.last - self.first + 1 if self.mask is None else self.mask.bit_count()

    def bits(self) -> int:
        """The mask, also of a set without holes."""
        return (1 << (self.last - self.first + 1)) - 1 if self.mask is None else self.mask


EMPTY = Pixels(0, -1)


def union(sets: Iterable[Pixels]) -> Pixels:
    """All numbers of all sets."""
    result = EMPTY
    for other in sets:
        result = _join(result, other)
    return result


def _join(a: Pixels, b: Pixels) -> Pixels:
    if a.last < a.first:
        return b
    if b.last < b.first:
        return a
    first, last = min(a.first, b.first), max(a.last, b.last)
    if a.mask is None and b.mask is None and max(a.first, b.first) <= min(a.last, b.last) + 1:
        return Pixels(first, last)
    mask = a.bits() << (a.first - first) | b.bits() << (b.first - first)
    return Pixels(first, last, None if mask.bit_count() == last - first + 1 else mask)


class View(NamedTuple):
    """What the outputs on one axis see: phase ``o % period`` of ``phases``, moved by ``o // period * shift``."""

    period: int
    shift: int
    phases: tuple[Pixels, ...]

    def at(self, output: int) -> Pixels:
        """What one output sees."""
        turns, phase = divmod(output, self.period)
        return self.phases[phase].moved(turns * self.shift)

    @property
    def jump(self) -> Fraction:
        """Pixels from one output to the next, on average."""
        return Fraction(self.shift, self.period)


IDENTITY = View(1, 1, (Pixels(0, 0),))
"""Every output sees the pixel of its own number."""


def through(view: View, axis: AxisMap) -> View:
    """What the outputs of a layer see, when its inputs see ``view``."""
    if isinstance(axis, Window):
        return _window(view, axis)
    if isinstance(axis, Same):
        return view
    if isinstance(axis, Scatter):
        return _scatter(view, axis)
    if isinstance(axis, Resample):
        return _resample(view, axis)
    if isinstance(axis, Adaptive):
        return _adaptive(view, axis)
    message = f"no view through {axis}"
    raise TypeError(message)


def _window(view: View, axis: Window) -> View:
    kernel, stride, begin, _, dilation = axis
    if view.period == 1:
        pixels, shift = view.phases[0], view.shift
        seen = pixels.last - pixels.first + 1
        if pixels.mask is None and (kernel == 1 or dilation * shift <= seen):
            first = pixels.first - begin * shift
            return View(1, shift * stride, (Pixels(first, first + seen - 1 + dilation * (kernel - 1) * shift),))
    period = view.period // gcd(view.period, stride)
    _check(period * kernel)
    shift = view.shift * (stride * period // view.period)
    phases = tuple(union(view.at(o * stride - begin + dilation * t) for t in range(kernel)) for o in range(period))
    return View(period, shift, phases)


def _scatter(view: View, axis: Scatter) -> View:
    kernel, stride, begin, dilation = axis
    period = stride * view.period
    _check(period * kernel)
    phases = tuple(
        union(
            view.at((o + begin - dilation * t) // stride)
            for t in range(kernel)
            if (o + begin - dilation * t) % stride == 0
        )
        for o in range(period)
    )
    return reduced(View(period, view.shift, phases))


def _resample(view: View, axis: Resample) -> View:
    """Source of the coordinates: ATen's ``area_pixel_compute_source_index``."""
    ratio = _ratio(axis)
    steps = ratio.denominator
    period = steps * view.period
    _check(period)
    phases = tuple(union(view.at(tap) for tap in _taps(axis, o, ratio)) for o in range(period))
    return reduced(View(period, view.shift * ratio.numerator, phases))


def _ratio(axis: Resample) -> Fraction:
    if axis.align_corners:
        return Fraction(axis.size - 1, axis.out - 1) if axis.out > 1 else Fraction(0)
    return Fraction(axis.size, axis.out) if axis.scale is None else 1 / axis.scale


def resample_taps(axis: Resample, output: int) -> tuple[int, ...]:
    """The positions that an interpolated output reads, not clipped."""
    return _taps(axis, output, _ratio(axis))


def _taps(axis: Resample, output: int, ratio: Fraction) -> tuple[int, ...]:
    if axis.mode == "nearest":
        return (output * ratio.numerator // ratio.denominator,)
    if axis.mode == "nearest-exact":
        source = (output + Fraction(1, 2)) * ratio
        return (source.numerator // source.denominator,)
    source = output * ratio if axis.align_corners else (output + Fraction(1, 2)) * ratio - Fraction(1, 2)
    low = source.numerator // source.denominator
    if source == low:
        return (low,)
    return (low, low + 1) if axis.mode == "linear" else (low - 1, low, low + 1, low + 2)


def _adaptive(view: View, axis: Adaptive) -> View:
    size, out = axis
    common = gcd(size, out)
    period = out // common * view.period
    _check(period * (size // out + 2))
    phases = tuple(union(view.at(i) for i in range(o * size // out, -(-(o + 1) * size // out))) for o in range(period))
    return reduced(View(period, view.shift * (size // common), phases))


def reduced(view: View) -> View:
    """The same with the shortest period."""
    for period in range(1, view.period):
        if view.period % period or view.shift % (view.period // period):
            continue
        shift = view.shift // (view.period // period)
        short = View(period, shift, view.phases[:period])
        if all(short.at(o) == view.phases[o] for o in range(period, view.period)):
            return short
    return view


def merged(views: list[View], size: int) -> View:
    """What an output sees that reads several values at its own place; ``size`` outputs."""
    first = views[0]
    if all(view == first for view in views[1:]):
        return first
    if all(view.jump == first.jump for view in views[1:]):
        period = lcm(*(view.period for view in views))
        _check(period)
        shift = int(first.jump * period)
        return reduced(View(period, shift, tuple(union(view.at(o) for view in views) for o in range(period))))
    _check(size)
    table = tuple(union(view.at(o) for view in views) for o in range(size))
    return View(size, int(max(view.jump for view in views) * size), table)
