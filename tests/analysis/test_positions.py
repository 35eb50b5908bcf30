"""Maps that take places in another order or within blocks, and merges of paths, against plain sets of numbers."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

from cnncalc.analysis import analyse
from cnncalc.analysis.cost.roofline import roofline
from cnncalc.analysis.explain.explanation import explain
from cnncalc.analysis.field.pixels import Budget, Pixels
from cnncalc.analysis.field.positions import IDENTITY, View, merged, through
from cnncalc.api import load
from cnncalc.layers.base import Block, Picked, Window


def numbers(pixels: Pixels) -> set[int]:
    return {i for first, last in pixels.stretches() for i in range(first, last + 1)}


def seen(view: View, outputs: int) -> list[set[int]]:
    return [numbers(view.at(o)) for o in range(outputs)]


@pytest.mark.parametrize("seed", range(20))
def test_picked_places(seed):
    chance = random.Random(seed)  # noqa: S311 (cases, no secrets)
    places = tuple(chance.randrange(8) for _ in range(chance.randint(1, 10)))
    kernel, stride = chance.randint(1, 4), chance.randint(1, 3)
    before = through(IDENTITY, Window(kernel, stride, 0, 0), Budget())
    after = through(before, Picked(places), Budget())
    assert seen(after, len(places)) == [{place * stride + tap for tap in range(kernel)} for place in places]


@pytest.mark.parametrize("seed", range(40))
def test_windows_within_blocks(seed):
    """A window knows nothing beyond its block: taps that lie outside of it read nothing."""
    chance = random.Random(seed)  # noqa: S311 (cases, no secrets)
    size, kernel, stride, begin = chance.randint(1, 6), chance.randint(1, 4), chance.randint(1, 2), chance.randint(0, 2)
    dilation, blocks = chance.randint(1, 2), 3
    out = chance.randint(1, 5)
    view = through(IDENTITY, Block(size, out, Window(kernel, stride, begin, 0, dilation)), Budget())
    for output in range(blocks * out):
        block, place = divmod(output, out)
        taps = {place * stride - begin + dilation * tap for tap in range(kernel)}
        assert numbers(view.at(output)) == {block * size + tap for tap in taps if 0 <= tap < size}


def test_whole_blocks():
    view = through(IDENTITY, Block(4, 2), Budget())
    assert seen(view, 6) == [{0, 1, 2, 3}] * 2 + [{4, 5, 6, 7}] * 2 + [{8, 9, 10, 11}] * 2


def test_paths_of_different_strides():
    """Their jumps differ, so that each output has a set of its own: o and 2 o, 2 o + 1."""
    one, two = IDENTITY, through(IDENTITY, Window(2, 2, 0, 0), Budget())
    assert seen(merged([one, two], 5, Budget()), 5) == [{o, 2 * o, 2 * o + 1} for o in range(5)]


def test_a_map_that_is_none():
    with pytest.raises(TypeError, match="no view through None"):
        through(IDENTITY, None, Budget())


def test_the_roofline_of_a_convolution():
    """2x2 places of 2 channels read 9 numbers each: 72 products and sums; 16 + 8 + 18 numbers of 4 bytes are moved."""
    row = roofline(analyse(load("1x4x4 | conv 2 3 nobias").graph), peak_flops=1000, bandwidth=100)[0]
    assert (row.moved_bytes, row.intensity, row.bound) == (168, Fraction(144, 168), "memory")
    assert row.seconds == pytest.approx(1.68)
    fast = roofline(analyse(load("1x4x4 | conv 2 3 nobias").graph), peak_flops=10, bandwidth=100)[0]
    assert (fast.seconds, fast.bound) == (pytest.approx(14.4), "compute")


@pytest.mark.parametrize(
    ("layer", "size"),
    [
        ("convtranspose 2 3 s2", 9),  # (4 - 1) * 2 + 3
        ("convtranspose 2 3 s2 p1 op1", 8),  # (4 - 1) * 2 - 2 + 3 + 1
        ("pad 2", 8),  # 4 + 2 + 2
        ("upsample 3", 12),  # 4 * 3
    ],
)
def test_sizes_of_layers_that_grow_are_explained(layer, size):
    analysis = analyse(load(f"1x4x4 | {layer}").graph)
    steps = explain(analysis, analysis.rows[0]).steps
    assert [step.result for step in steps if step.quantity.startswith("output size")] == [size]
