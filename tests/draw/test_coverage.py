"""The cells of ``coverage`` against arithmetic: windows counted one by one."""

from __future__ import annotations

import re
from collections import Counter
from itertools import product

import pytest
from marks import cells, parsed, texts, titles

import cnncalc
from cnncalc.draw.reading import Axis, places
from cnncalc.layers.base import Adaptive, Scatter, Window


def read(out, kernel, stride, begin, dilation=1):
    """How often each place of an axis is read: every tap of every window."""
    return Counter(o * stride - begin + dilation * t for o in range(out) for t in range(kernel))


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "pads", "dilation", "out"),
    [
        (7, 3, 1, (0, 0), 1, 5),
        (7, 3, 2, (0, 0), 1, 3),
        (7, 3, 3, (0, 0), 1, 2),  # 7/3 = 2.33: the last row is lost
        (6, 3, 2, (1, 1), 1, 3),  # 7/2: the last row of the padding is lost
        (5, 4, 1, (2, 2), 1, 6),
        (9, 2, 3, (0, 0), 1, 3),  # the stride is wider than the window
        (9, 3, 2, (2, 1), 2, 4),  # (9 + 3 - 5)/2 + 1 = 4.5
    ],
)
def test_every_cell_of_a_plane(draw, size, kernel, stride, pads, dilation, out):
    begin, end = pads
    spec = f"1x{size}x{size} | pad {begin}:{end} | conv 1 {kernel} s{stride} d{dilation}"
    spec = (
        f"1x{size}x{size} | conv 1 {kernel} s{stride} d{dilation} p=({begin}:{end},{begin}:{end})"
        if begin != end
        else (f"1x{size}x{size} | conv 1 {kernel} s{stride} d{dilation} p{begin}")
    )
    found = cells(draw(spec, "coverage", "conv"))
    rows = range(-begin, size + end)
    assert set(found) == set(product(rows, rows))
    one = read(out, kernel, stride, begin, dilation)
    last = (out - 1) * stride - begin + dilation * (kernel - 1)
    for (y, x), cell in found.items():
        assert cell.count == one[y] * one[x]
        real = 0 <= y < size and 0 <= x < size
        lost = y > last or x > last
        assert cell.what == ("behind the last window" if lost else "" if real else "padding")
        assert ("lost" in cell.css) == lost
        assert ("unread" in cell.css) == (real and not lost and cell.count == 0)


def test_cells_lie_side_by_side_and_do_not_overlap(draw):
    found = cells(draw("1x7x7 | conv 1 3 s3", "coverage", "conv"))
    side = found[0, 0].box[2]
    for (y, x), cell in found.items():
        assert cell.box[0] == pytest.approx(found[0, 0].box[0] + x * side, abs=0.02)
        assert cell.box[1] == pytest.approx(found[0, 0].box[1] + y * side, abs=0.02)


def test_the_fraction_stands_beside(draw):
    said = " ".join(draw("1x7x7 | conv 1 3 s3", "coverage", "conv").about)
    assert "exactly 7/3 = 2.33" in said
    assert "1 place behind the last window never read: 1 of the input" in said
    # (6 + 2 - 3)/2 + 1 = 7/2: what is lost is padding
    assert "of the padding, none of the input" in " ".join(draw("1x6x6 | conv 1 3 s2 p1", "coverage", "conv").about)


def test_gridding_is_said(draw):
    picture = draw("1x20 | conv 1 3 d2 s2", "coverage", "conv")
    assert any(
        "places between the windows never read: stride and dilation step over them" in line for line in picture.about
    )


def test_one_axis_is_a_line_with_what_every_output_reads(draw):
    picture = draw("2x9 | conv 1 3 s2 p1", "coverage", "conv")
    one = read(5, 3, 2, 1)
    assert {place: cell.count for (place,), cell in cells(picture).items()} == {p: one[p] for p in range(-1, 10)}
    assert [t for t in titles(picture, "g") if t.startswith("output")] == [
        f"output {o} reads {2 * o - 1}, {2 * o}, {2 * o + 1}" for o in range(5)
    ]


def test_three_axes_are_slices(draw):
    picture = draw("1x4x5x5 | conv 1 3x2x2 s1x1x1", "coverage", "conv")
    found = cells(picture)
    depth, plane = read(2, 3, 1, 0), read(4, 2, 1, 0)
    assert len(found) == 4 * 5 * 5
    assert all(cell.count == depth[z] * plane[y] * plane[x] for (z, y, x), cell in found.items())
    assert [text for text in texts(picture) if text.startswith("depth ")] == [
        "depth 0",
        "depth 1",
        "depth 2",
        "depth 3",
    ]


def test_of_a_large_input_the_ends_are_drawn(draw):
    picture = draw("alexnet", "coverage", "conv1")
    rows = [*range(12), *range(215, 227)]
    found = cells(picture)
    one = read(55, 11, 4, 0)
    assert set(found) == set(product(rows, rows))
    assert all(cell.count == one[y] * one[x] for (y, x), cell in found.items())
    assert "height and width: the middle 203 of 227 places are not drawn" in picture.about


@pytest.mark.parametrize(
    ("axis", "out"),
    [(Window(3, 2, 1, 1, 2), 9), (Window(5, 3, 0, 0, 4), 7), (Window(1, 7, 0, 0), 3), (Window(4, 6, 2, 2, 9), 8), (Adaptive(13, 5), 5), (Adaptive(3, 7), 7)],
)  # fmt: skip
def test_counts_in_one_step_are_those_of_all_taps(axis, out):
    size = axis.size if isinstance(axis, Adaptive) else 200
    one = Axis(axis, size, out)
    every = Counter(tap for o in range(out) for tap in one.taps(o))
    assert all(one.count(place) == every[place] for place in range(-12, 200))
    assert one.reach == max(every)


@pytest.mark.parametrize(
    "axis", [Scatter(3, 2, 0), Scatter(4, 2, 1), Scatter(3, 2, 1, 2), Scatter(5, 3, 2, 4), Scatter(2, 6, 0, 9)]
)
def test_writes_in_one_step_are_those_of_all_taps(axis):
    one = Axis(axis, 11, 200)
    every = Counter(i * axis.stride - axis.begin + axis.dilation * t for i in range(11) for t in range(axis.kernel))
    assert all(one.written(place) == every[place] for place in range(120))


def test_places_of_both_ends():
    assert places(-1, 4, 24) == [-1, 0, 1, 2, 3, 4]
    assert places(0, 99, 5) == [0, 1, 2, None, 98, 99]


def test_windows_step_by_step(draw):
    still, moving = (draw("1x7x7 | conv 1 3 s2", "coverage", "conv", animate=animate) for animate in (False, True))
    frames = re.findall(r"translate([XY])\((\d+)px\)", moving.rules)
    side = cells(moving)[0, 0].box[2]
    # three windows on each axis, two cells apart
    assert frames == [(axis, f"{round(2 * side * o)}") for axis in "XY" for o in range(3)]
    assert "prefers-reduced-motion" in moving.rules
    assert still.rules == ""
    assert still.svg().count("win") < moving.svg().count("win") + 1


def test_adaptive_pools_have_windows_too(draw):
    found = cells(draw("1x7 | adaptiveavgpool 3", "coverage", "0"))
    # output o reads floor(7o/3) .. ceil(7(o+1)/3) - 1: 0-2, 2-4, 4-6
    assert [found[place,].count for place in range(7)] == [1, 1, 2, 1, 2, 1, 1]


def test_rounded_up_the_last_window_reaches_beyond(draw):
    # (6 - 3)/2 + 1 = 2.5, rounded up 3: the last window reads 4, 5 and one place behind the input
    found = cells(draw("1x6 | maxpool 3 s2 ceil", "coverage", "maxpool"))
    assert (found[6,].what, found[6,].count) == ("padding", 1)


def test_the_same_bytes_and_sound_xml(draw):
    first, second = (draw("alexnet", "coverage", "conv1").svg() for _ in range(2))
    assert first == second
    root = parsed(draw("alexnet", "coverage", "conv1"))
    assert root.get("viewBox").startswith("0 0 340 ")


@pytest.mark.parametrize(
    ("spec", "layer", "message"),
    [
        ("3x8x8 | conv 4 3 | relu", "relu", "1 is a relu, which slides no window over its input: coverage shows windows; layers that have: 0"),
        ("3x8x8 | convt 4 3", "convtranspose", "0 is a convtranspose, whose windows write: draw overlap 0"),
        ("3x8x8 | conv 4 3", "conv9", "there is no layer 'conv9'"),
        ("3x8x8 | conv 4 3", "", "which layer? cnncalc draw SPEC coverage LAYER, such as 0"),
    ],
)  # fmt: skip
def test_what_has_no_windows(draw, spec, layer, message):
    with pytest.raises(cnncalc.UsageError, match=re.escape(message)):
        draw(spec, "coverage", layer)
