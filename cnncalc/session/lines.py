"""Which lines of a text an edit has changed, and which lines are plain: items of a list that YAML takes as they stand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

PLAIN = re.compile(r"( *)- ([a-z][\w .|=*/+-]*[\w.])", re.ASCII)
"""An item without a sign that means something to YAML."""


class Change(NamedTuple):
    """Lines ``first`` to ``old`` (exclusive) have become the lines ``first`` to ``new``; they begin at the character ``start``."""

    first: int
    old: int
    new: int
    start: int


def change(before: Sequence[str], after: Sequence[str]) -> Change:
    """What lies between the lines that are the same at the beginning and at the end."""
    most = min(len(before), len(after))
    first = _alike(before, after, most)
    last = _alike(before[::-1], after[::-1], most - first)
    start = sum(map(len, after[:first])) + first
    return Change(first, len(before) - last, len(after) - last, start)


def _alike(a: Sequence[str], b: Sequence[str], most: int) -> int:
    """How many lines are the same from the beginning on."""
    low = 0
    while low < most:
        middle = (low + most + 1) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            most = middle - 1
    return low
