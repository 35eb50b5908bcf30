"""What outputs see on one axis, for all outputs at once.

A layer reads positions in a pattern that repeats: what output ``o + period`` sees is what output ``o`` sees, ``shift``
pixels further. One set per phase therefore describes an axis of any length exactly. Nothing is clipped at the borders:
a window that reaches into the padding sees pixels with negative numbers.
"""

from __future__ import annotations

from fractions import Fraction
from math import gcd, lcm

from cnncalc.analysis.field.pixels import LARGEST, Budget, Pixels, TooFineError, repeated, union
from cnncalc.layers.base import Adaptive, AxisMap, Block, Cyclic, Picked, Resample, Same, Scatter, Window
from cnncalc.record import NamedTuple


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
        return Fraction(self.shift) if self.period == 1 else Fraction(self.shift, self.period)


IDENTITY = View(1, 1, (Pixels(0, 0),))
"""Every output sees the pixel of its own number."""


def through(view: View, axis: AxisMap, budget: Budget) -> View:
    """What the outputs of a layer see, when its inputs see ``view``.

    Raises:
        TooFineError: the sets have too many pieces, or reach too far.
    """
    if isinstance(axis, Window):
        made = _window(view, axis, budget)
    elif isinstance(axis, Same):
        return view
    elif isinstance(axis, Scatter):
        made = _scatter(view, axis, budget)
    elif isinstance(axis, Resample):
        made = _resample(view, axis, budget)
    elif isinstance(axis, Adaptive):
        made = _adaptive(view, axis, budget)
    elif isinstance(axis, Cyclic):  # what comes in at the other end counts as beyond the border, as padding does
        made = _window(view, Window(1, 1, axis.shift, -axis.shift), budget)
    elif isinstance(axis, Picked):
        made = _picked(view, axis, budget)
    elif isinstance(axis, Block):
        made = _block(view, axis, budget)
    else:
        message = f"no view through {axis}"
        raise TypeError(message)
    first = made.phases[0]
    if made.shift > LARGEST or first.last > LARGEST or first.first < -LARGEST:
        raise TooFineError
    return made


def _inputs(view: View, start: int, step: int, count: int, budget: Budget) -> Pixels:
    """What ``count`` inputs see together, from ``start`` on, ``step`` apart."""
    if count == 1:
        return view.at(start)
    cycle = view.period // gcd(view.period, step)  # inputs, after which the same phases come again
    budget.charge(min(cycle, count) - 1)
    further = step * cycle // view.period * view.shift
    parts = [
        repeated(view.at(start + step * i), further, -(-(count - i) // cycle), budget) for i in range(min(cycle, count))
    ]
    return union(parts, budget)


def _window(view: View, axis: Window, budget: Budget) -> View:
    kernel, stride, begin, _, dilation = axis
    if view.period == 1:
        pixels, shift = view.phases[0], view.shift
        if not pixels.pieces and (kernel == 1 or dilation * shift <= pixels.last - pixels.first + 1):
            first, last = pixels.first - begin * shift, pixels.last - begin * shift
            return View(1, shift * stride, (Pixels(first, last + dilation * (kernel - 1) * shift),))
    period = view.period // gcd(view.period, stride)
    budget.charge(period - 1)
    shift = view.shift * (stride * period // view.period)
    return View(
        period, shift, tuple(_inputs(view, o * stride - begin, dilation, kernel, budget) for o in range(period))
    )


def _scatter(view: View, axis: Scatter, budget: Budget) -> View:
    period = axis.stride * view.period
    budget.charge(period - 1)
    return reduced(View(period, view.shift, tuple(_written(view, axis, o, budget) for o in range(period))))


def _written(view: View, axis: Scatter, output: int, budget: Budget) -> Pixels:
    """What the inputs see that write to an output: those with ``output = i * stride - begin + dilation * tap``."""
    kernel, stride, begin, dilation = axis
    common = gcd(stride, dilation)
    steps = stride // common  # taps from one that hits an input to the next
    place = output + begin
    if place % common:
        return Pixels(0, -1)
    tap = place // common * pow(dilation // common, -1, steps) % steps if steps > 1 else 0
    if tap >= kernel:
        return Pixels(0, -1)
    count = (kernel - 1 - tap) // steps + 1
    return _inputs(view, (place - dilation * tap) // stride, -(dilation // common), count, budget)


def _resample(view: View, axis: Resample, budget: Budget) -> View:
    """Source of the coordinates: ATen's ``area_pixel_compute_source_index``."""
    ratio = resample_ratio(axis)
    period = ratio.denominator * view.period
    budget.charge(period - 1)
    phases = tuple(union((view.at(tap) for tap in resample_taps(axis, o, ratio)), budget) for o in range(period))
    return reduced(View(period, view.shift * ratio.numerator, phases))


def resample_ratio(axis: Resample) -> Fraction:
    """Inputs per output."""
    if axis.align_corners:
        return Fraction(axis.size - 1, axis.out - 1) if axis.out > 1 else Fraction(0)
    return Fraction(axis.size, axis.out) if axis.scale is None else 1 / axis.scale


def resample_taps(axis: Resample, output: int, ratio: Fraction) -> tuple[int, ...]:
    """The positions that an interpolated output reads, not clipped; ``ratio`` is that of the axis."""
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


def _adaptive(view: View, axis: Adaptive, budget: Budget) -> View:
    size, out = axis
    common = gcd(size, out)
    period = out // common * view.period
    budget.charge(period - 1)
    windows = ((o * size // out, -(-(o + 1) * size // out)) for o in range(period))
    phases = tuple(_inputs(view, first, 1, end - first, budget) for first, end in windows)
    return reduced(View(period, view.shift * (size // common), phases))


def _picked(view: View, axis: Picked, budget: Budget) -> View:
    """Beyond the border the places follow one another again, as far away as they reach: they count as beyond it."""
    period = len(axis.places)
    budget.charge(period - 1)
    span = max(axis.places) + 1
    shift = -(-span // view.period) * view.shift
    return reduced(View(period, shift, tuple(view.at(place) for place in axis.places)))


def _block(view: View, axis: Block, budget: Budget) -> View:
    cycle = view.period // gcd(view.period, axis.size)  # blocks, after which the same phases come again
    budget.charge(cycle * axis.out - 1)
    shift = view.shift * (cycle * axis.size // view.period)
    if axis.window is None:
        blocks = [_inputs(view, i * axis.size, 1, axis.size, budget) for i in range(cycle)]
        return reduced(View(cycle * axis.out, shift, tuple(block for block in blocks for _ in range(axis.out))))
    kernel, stride, begin, _, dilation = axis.window
    phases = []
    for o in range(cycle * axis.out):
        block, place = divmod(o, axis.out)
        start = place * stride - begin
        first, last = max(0, -(start // dilation)), min(kernel - 1, (axis.size - 1 - start) // dilation)
        if first > last:
            phases.append(Pixels(0, -1))
        else:
            place = block * axis.size + start + dilation * first
            phases.append(_inputs(view, place, dilation, last - first + 1, budget))
    return reduced(View(cycle * axis.out, shift, tuple(phases)))


def reduced(view: View) -> View:
    """The same with the shortest period."""
    if view.period == 1:
        return view
    for period in range(1, view.period // 2 + 1):
        if view.period % period or view.shift % (view.period // period):
            continue
        shift = view.shift // (view.period // period)
        short = View(period, shift, view.phases[:period])
        if all(short.at(o) == view.phases[o] for o in range(period, view.period)):
            return short
    return view


def merged(views: list[View], size: int, budget: Budget) -> View:
    """What an output sees that reads several values at its own place; ``size`` outputs.

    Raises:
        TooFineError: the sets have too many pieces.
    """
    first = views[0]
    if all(view == first for view in views[1:]):
        return first
    if all(view.shift * first.period == first.shift * view.period for view in views):
        period = lcm(*[view.period for view in views])
        budget.charge(period - 1)
        shift = first.shift * period // first.period
        return reduced(
            View(period, shift, tuple([union([view.at(o) for view in views], budget) for o in range(period)]))
        )
    budget.charge(size - 1)
    table = tuple(union((view.at(o) for view in views), budget) for o in range(size))
    return View(size, int(max(view.jump for view in views) * size), table)
