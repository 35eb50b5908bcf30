"""Which windows turn one size into another: the answer to 'why does my layer give 54 and not 55?'."""

from __future__ import annotations

from fractions import Fraction

from cnncalc.record import NamedTuple

LARGEST_KERNEL = 15
LARGEST_STRIDE = 8


class Choice(NamedTuple):
    """A window that gives the wanted size; ``exact`` is the size before rounding down, ``lost`` rows of the padded input."""

    kernel: int
    stride: int
    padding: int
    exact: Fraction
    lost: int


def choices(size: int, wanted: int, *, dilation: int = 1, largest: int = LARGEST_KERNEL) -> list[Choice]:
    """All windows with equal padding of at most half a window that turn ``size`` into ``wanted``.

    Those that fit without a remainder come first, then small strides, odd kernels, small kernels, little padding.

    Args:
        size: pixels of the input.
        wanted: pixels of the output.
        dilation: dilation of the window.
        largest: the largest kernel to try.
    """
    found = [
        Choice(kernel, stride, padding, Fraction(room, stride) + 1, room % stride)
        for kernel in range(1, largest + 1)
        for stride in range(1, LARGEST_STRIDE + 1)
        for padding in range(dilation * (kernel - 1) // 2 + 1)
        if (room := size + 2 * padding - dilation * (kernel - 1) - 1) >= 0
        and room // stride + 1 == wanted
        and (stride <= dilation * (kernel - 1) + 1)
    ]
    return sorted(found, key=lambda c: (c.lost > 0, c.stride, c.kernel % 2 == 0, c.kernel, c.padding))
