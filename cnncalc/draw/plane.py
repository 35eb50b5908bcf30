"""A plane with two logarithmic axes, for dots."""

from __future__ import annotations

from math import log10
from typing import TYPE_CHECKING

from cnncalc.draw.chart import compact, decades
from cnncalc.draw.picture import INNER
from cnncalc.draw.svg import Mark, hidden, line, words
from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

LEFT, ABOVE, BELOW = 34.0, 20.0, 46.0
"""Room for numbers and titles around the plane; below counts what is above too."""


class Plane(NamedTuple):
    """Where numbers lie: both ranges, in decades, and the height."""

    left: float
    right: float
    low: float
    high: float
    height: float = 210.0

    def at(self, x: float, y: float) -> tuple[float, float]:
        """The place of a pair of positive numbers."""
        across = (log10(x) - log10(self.left)) / log10(self.right / self.left)
        up = (log10(y) - log10(self.low)) / log10(self.high / self.low)
        return LEFT + across * (INNER - LEFT), ABOVE + self.height * (1 - up)

    def frame(self, x_title: str, y_title: str) -> list[Mark]:
        """Lines, numbers and titles."""
        marks: list[Mark] = []
        lines: list[Mark] = []
        for x in decades(self.left, self.right):
            across, _ = self.at(x, self.low)
            lines.append(line(across, ABOVE, across, ABOVE + self.height, "grid"))
            marks.append(words(min(across, INNER - 8), ABOVE + self.height + 10, compact(x), "t m soft"))
        for y in decades(self.low, self.high):
            _, down = self.at(self.left, y)
            lines.append(line(LEFT, down, INNER, down, "grid"))
            marks.append(words(LEFT - 3, down + 3, compact(y), "t e soft"))
        marks.append(words((LEFT + INNER) / 2, ABOVE + self.height + 22, x_title, "s m"))
        marks.append(words(0, 9, y_title, "s"))
        return [hidden(lines), *marks]


def plane(xs: Sequence[float], ys: Sequence[float]) -> Plane:
    """A plane of whole decades around positive numbers."""
    x, y = decades(min(xs), max(xs)), decades(min(ys), max(ys))
    return Plane(*_ends(x), *_ends(y))


def _ends(found: Sequence[float]) -> tuple[float, float]:
    return found[0], found[-1] if len(found) > 1 else found[0] * 10
