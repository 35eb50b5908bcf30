"""The cells of ``overlap`` against arithmetic."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from marks import cells, texts

import cnncalc


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "padding", "extra"),
    [(4, 3, 2, 0, 0), (4, 4, 2, 1, 0), (3, 3, 2, 1, 1), (4, 2, 3, 0, 0)],
)
def test_every_output_by_how_often_it_is_written(draw, size, kernel, stride, padding, extra):
    picture = draw(f"1x{size}x{size} | convt 1 {kernel} s{stride} p{padding} op{extra}", "overlap", "convtranspose")
    out = (size - 1) * stride - 2 * padding + kernel + extra
    one = Counter(i * stride - padding + t for i in range(size) for t in range(kernel))
    found = {place: cell for place, cell in cells(picture).items() if len(place) > 1}
    assert len(found) == out * out
    assert all(cell.count == one[y] * one[x] for (y, x), cell in found.items())


def test_what_a_kernel_does_that_the_stride_divides(draw):
    uneven = draw("1x4x4 | convt 1 3 s2", "overlap", "convtranspose")
    assert (
        "stride 2 does not divide the kernel 3: places are written 1 or 2 times per axis: a checkerboard"
        in uneven.about
    )
    lines = [text for text in texts(uneven) if text.startswith("one axis")]
    assert lines == [f"one axis with kernel {kernel} and stride 2" for kernel in (3, 2, 4)]
    even = draw("1x4x4 | convt 1 4 s2 p1", "overlap", "convtranspose")
    assert "stride 2 divides the kernel 4: away from the rim every place is written twice per axis: even" in even.about


def test_only_transposed_convolutions(draw):
    message = "0 is a conv, no transposed convolution: its outputs are written once each; layers that are one: 1"
    with pytest.raises(cnncalc.UsageError, match=re.escape(message)):
        draw("1x8x8 | conv 1 3 | convt 1 2 s2", "overlap", "0")
