"""Taps on the input: counted by formula, and one by one."""

from __future__ import annotations

import random

import pytest

from cnncalc.layers.base import Window
from cnncalc.lint.taps import live_taps, real_taps


@pytest.mark.parametrize("seed", range(500))
def test_counted_one_by_one(seed):
    chance = random.Random(seed)  # noqa: S311 (examples, no secrets)
    size, out = chance.randint(1, 9), chance.randint(1, 7)
    kernel, stride, begin, dilation = (chance.randint(*ends) for ends in ((1, 9), (1, 12), (0, 12), (1, 6)))
    window = Window(kernel, stride, begin, 0, dilation)
    hits = [sum(0 <= o * stride - begin + tap * dilation < size for o in range(out)) for tap in range(kernel)]
    assert live_taps(window, size, out) == sum(hit > 0 for hit in hits)
    assert real_taps(window, size, out) == sum(hits)


def test_of_any_size():
    """A million million taps that end at place o: they cover the pixels 0 to o, for o < 8 together 1 + 2 + ... + 8."""
    taps = 10**12
    window = Window(taps, 1, taps - 1, 0)
    assert real_taps(window, 8, 8) == sum(range(9))
    assert live_taps(window, 8, 8) == 8


def test_uncounted():
    assert live_taps(Window(10**6, 10**7, 0, 0), 8, 8) is None
