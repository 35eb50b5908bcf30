"""How many taps of a window, over all of its places on one axis, lie on the input and not on padding."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnncalc.layers.base import Window

MOST = 1000
"""Taps that are looked at one by one, where the stride jumps over the whole input."""


def live_taps(window: Window, size: int, out: int) -> int | None:
    """Taps that touch the input at some place: ``0 <= o * stride - begin + tap * dilation < size`` for some o < out.

    None where nobody has counted: the stride is wider than the input, and the taps are very many.
    """
    kernel, stride, begin, _, dilation = window
    if stride <= size:  # then no tap can step over the input
        last = min(kernel - 1, (size - 1 + begin) // dilation)
        first = max(0, -(((out - 1) * stride - begin) // dilation))
        return max(0, last - first + 1)
    if kernel > MOST:
        return None
    offsets = (dilation * tap - begin for tap in range(kernel))
    return sum(_places(offset, stride, size, out) > 0 for offset in offsets)


def _places(offset: int, stride: int, size: int, out: int) -> int:
    """At how many of the outputs a tap lies on the input."""
    return max(0, min(out - 1, (size - 1 - offset) // stride) - max(0, -(offset // stride)) + 1)


def real_taps(window: Window, size: int, out: int) -> int:
    """Taps on the input, counted over all places of the window: those before its end less those before its begin."""
    return _starts(window, size - 1 + window.begin, out) - _starts(window, window.begin - 1, out)


def _starts(window: Window, limit: int, out: int) -> int:
    """Pairs of a place o < out and a tap with ``o * stride + tap * dilation <= limit``."""
    kernel, stride, _, _, dilation = window
    every = min(kernel, max(0, (limit - (out - 1) * stride) // dilation + 1))  # taps that hold at all places
    some = min(kernel, max(0, limit // dilation + 1))  # taps that hold at the first
    return every * out + _steps(some - every, dilation, stride, limit - (some - 1) * dilation)


def _steps(count: int, slope: int, divisor: int, begin: int) -> int:
    """The sum of ``(begin + slope * i) // divisor + 1`` for i < count.

    Points below a line, counted by columns, then what is left by rows, and so on as in Euclid's algorithm. Source: Graham,
    Knuth and Patashnik, Concrete Mathematics, section 3.5.
    """
    total = count
    while count > 0:
        total += count * (count - 1) // 2 * (slope // divisor) + count * (begin // divisor)
        slope, begin = slope % divisor, begin % divisor
        highest = slope * count + begin
        if highest < divisor:
            break
        count, begin = divmod(highest, divisor)
        slope, divisor = divisor, slope
    return total
