"""Sets of positions: against plain Python sets on small numbers, and exact or unknown on huge ones."""

from __future__ import annotations

import random

import pytest

from cnncalc.analysis.field.pixels import EMPTY, Budget, Pixels, TooFineError, full, gathered, one, repeated, union
from cnncalc.analysis.field.positions import IDENTITY, View, resample_ratio, resample_taps, through
from cnncalc.analysis.field.reading import read_by, reading
from cnncalc.analysis.field.receptive_field import receptive_fields
from cnncalc.api import load
from cnncalc.layers.base import Adaptive, AxisMap, Resample, Scatter, Window


def numbers(pixels: Pixels) -> set[int]:
    return {i for first, last in pixels.stretches() for i in range(first, last + 1)}


def some(chance: random.Random) -> set[int]:
    return {i for i in range(-5, 15) if chance.random() < chance.choice([0.2, 0.9])}


def made(values: set[int]) -> Pixels:
    return gathered((i, i) for i in values)


def axis(chance: random.Random, size: int) -> AxisMap:
    kernel, stride, dilation = chance.randint(1, 5), chance.randint(1, 4), chance.randint(1, 4)
    begin = chance.randint(-2, 5)
    mode = chance.choice(["nearest", "nearest-exact", "linear", "cubic"])
    corners = chance.random() < 0.5 and not mode.startswith("nearest")
    return chance.choice(
        [
            Window(kernel, stride, begin, 0, dilation),
            Scatter(kernel, stride, begin, dilation),
            Resample(mode, size, chance.randint(1, 20), corners),
            Adaptive(size, chance.randint(1, 20)),
        ]
    )


def inputs(axis: AxisMap, output: int) -> set[int]:
    """What one output reads, as the classes of the axis maps define it."""
    if isinstance(axis, Window):
        return {output * axis.stride - axis.begin + axis.dilation * tap for tap in range(axis.kernel)}
    if isinstance(axis, Scatter):
        hits = (divmod(output + axis.begin - axis.dilation * tap, axis.stride) for tap in range(axis.kernel))
        return {place for place, rest in hits if not rest}
    if isinstance(axis, Resample):
        return set(resample_taps(axis, output, resample_ratio(axis)))
    assert isinstance(axis, Adaptive)
    return set(range(output * axis.size // axis.out, -(-(output + 1) * axis.size // axis.out)))


@pytest.mark.parametrize("seed", range(300))
def test_sets(seed):
    chance = random.Random(seed)  # noqa: S311 (examples, no secrets)
    a, b = some(chance), some(chance)
    x, y = made(a), made(b)
    assert numbers(x) == a
    assert x.size == len(a)
    assert x.width == (max(a) - min(a) + 1 if a else 0)
    assert union((x, y), Budget()) == made(a | b)
    assert numbers(x.within(8)) == {i for i in a if 0 <= i < 8}
    step, count = chance.randint(-4, 4), chance.randint(0, 9)
    assert repeated(x, step, count, Budget()) == made({i + step * n for i in a for n in range(count)})


@pytest.mark.parametrize("seed", range(300))
def test_views(seed):
    """Two layers, forward: every output sees what the definition says."""
    chance = random.Random(seed)  # noqa: S311 (examples, no secrets)
    first, second = axis(chance, 9), axis(chance, 11)
    view = through(through(IDENTITY, first, Budget()), second, Budget())
    for output in range(25):
        seen = {pixel for place in inputs(second, output) for pixel in inputs(first, place)}
        assert numbers(view.at(output)) == seen, (first, second, output)


@pytest.mark.parametrize("seed", range(300))
def testread_by(seed):
    """One layer, backward, from any set of outputs; interpolation counts the border for what lies beyond."""
    chance = random.Random(seed)  # noqa: S311 (examples, no secrets)
    size = chance.randint(1, 14)
    layer = axis(chance, size)
    outputs = {i for i in some(chance) if i >= 0}
    wanted = {place for output in outputs for place in inputs(layer, output)}
    wanted = {min(max(i, 0), size - 1) for i in wanted} if isinstance(layer, Resample) else wanted
    found = read_by(made(outputs), layer, size, Budget()) if outputs else EMPTY
    assert numbers(found) == {i for i in wanted if 0 <= i < size}, (layer, outputs)


def test_copies_are_joined_in_doubling_numbers():
    assert repeated(made({0, 2}), 1, 10**15, Budget()) == Pixels(0, 10**15 + 1)
    assert repeated(full(5), 5, 10**15, Budget()) == full(5 * 10**15)


def test_too_many_pieces():
    with pytest.raises(TooFineError):
        repeated(one(0), 2, 10**6, Budget())


def test_too_far():
    wide = View(1, 10**15, (Pixels(0, 0),))
    with pytest.raises(TooFineError):
        through(wide, Window(3, 1, 0, 0, 10**15), Budget())


def fields(text: str) -> list[tuple[int, int]]:
    """Size and number of pixels of the fields of the first axis."""
    found = receptive_fields(load(text).graph)
    return [(field[0].size, int(field[0].size * field[0].coverage)) for field in found if field]


def test_dilation_of_any_size_is_exact():
    """Three taps, a thousand million pixels apart: 2 * 10^9 - 1 wide, three of them seen; then 3x3 around each."""
    d = 999_999_999
    assert fields(f"3x8x8 | conv 8 3 d{d} p{d} | conv 8 3 p1") == [(1, 1), (2 * d + 1, 3), (2 * d + 3, 9)]


def test_reading_of_any_size_is_exact():
    """Of 8 rows only the middle tap of such a window reads some: all of them."""
    graph = load("3x8x8 | conv 8 3 d999999999999999 p999999999999999").graph
    assert reading(graph)[0] == (full(3), full(8), full(8))


def test_reading_with_holes():
    """Every second of 8 rows, read by 1x1 windows with stride 2; rows 0 to 6."""
    assert reading(load("3x8 | conv 8 1 s2").graph)[0] == (full(3), Pixels(0, 6, ((0, 0), (2, 2), (4, 4), (6, 6))))


def test_unknown_where_pieces_are_too_many():
    """A million holes are not followed: neither here nor in the layers before."""
    graph = load("3x4000000 | conv 8 3 p1 | conv 8 1 s2").graph
    assert reading(graph) == [None, None, (full(8), full(2_000_000))]


def test_a_field_that_reaches_too_far_is_unknown():
    """Windows 10^15 - 1 apart at a jump of 10^15: field 2 * 10^30."""
    text = "1x1 | " + " | ".join(["conv 1 1 s100000"] * 3) + " | conv 1 3 d999999999999999 p999999999999999"
    found = receptive_fields(load(text).graph)
    assert found[-2] is not None
    assert found[-1] is None
