"""Several networks by two figures, of which less is better: the front joins those that no other beats in both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.diagnostics import UsageError
from cnncalc.draw.picture import INNER, Picture, compose, short
from cnncalc.draw.plane import BELOW, plane
from cnncalc.draw.svg import Mark, circle, path, words
from cnncalc.record import NamedTuple
from cnncalc.render.columns import bytes_of, number
from cnncalc.spec.suggest import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.analysis.result import Analysis
    from cnncalc.draw.subject import Subject

FIGURES = {
    "params": "parameters",
    "macs": "MACs",
    "flops": "FLOPs",
    "activation_bytes": "bytes of activations",
    "inference_peak_bytes": "peak bytes of inference",
    "training_peak_bytes": "peak bytes of training",
}
"""Totals by which networks are compared."""


class Dot(NamedTuple):
    """A network and its two figures."""

    name: str
    x: int
    y: int


def picture(subject: Subject) -> Picture:
    """The picture.

    Raises:
        UsageError: fewer than two networks; an unknown figure, or one that is 0 or unknown.
    """
    figures = subject.options.against
    for figure in figures:
        if figure not in FIGURES:
            raise UsageError(
                f"--against: there is no figure '{figure}'{nearest(figure, FIGURES)}; there are {', '.join(FIGURES)}"
            )
    if len(subject.analyses) < 2:  # noqa: PLR2004 (a comparison is of two)
        raise UsageError("draw pareto compares networks: give two specs or more")
    dots = []
    for analysis in subject.analyses:
        dot = Dot(_called(analysis, subject.analyses), *(getattr(analysis.totals, figure) for figure in figures))
        if not analysis.totals.complete or not (dot.x and dot.y):
            raise UsageError(
                f"draw pareto: {dot.name} has no {' or no '.join(FIGURES[f] for f in figures)}, or they are unknown"
            )
        dots.append(dot)
    return _drawn(dots, figures)


def _called(analysis: Analysis, every: Sequence[Analysis]) -> str:
    """Its name; with that of its file where others have the same."""
    name = analysis.graph.name
    alike = sum(other.graph.name == name for other in every)
    return f"{name} ({analysis.graph.source.shown})" if alike > 1 else name


def front(dots: Sequence[Dot]) -> list[Dot]:
    """Those that no other beats: none is at most as large in both figures and smaller in one. By the first figure."""
    return sorted(
        (a for a in dots if not any(b.x <= a.x and b.y <= a.y and (b.x, b.y) != (a.x, a.y) for b in dots)),
        key=lambda dot: (dot.x, -dot.y),
    )


def _drawn(dots: Sequence[Dot], figures: tuple[str, str]) -> Picture:
    sheet = plane([dot.x for dot in dots], [dot.y for dot in dots])
    best = front(dots)
    marks = sheet.frame(FIGURES[figures[0]], FIGURES[figures[1]])
    corners = [sheet.at(best[0].x, best[0].y)]
    for dot in best[1:]:
        x, y = sheet.at(dot.x, dot.y)
        corners += [(x, corners[-1][1]), (x, y)]
    if len(corners) > 1:
        marks.append(path(corners, "l1 dash", "the front: " + ", ".join(dot.name for dot in best)))
    taken: list[tuple[float, float, float]] = []
    for dot in sorted(dots, key=lambda dot: (dot not in best, dot.x)):
        x, y = sheet.at(dot.x, dot.y)
        said = f"{dot.name}: {_shown(dot.x, figures[0])}, {_shown(dot.y, figures[1])}"
        marks.append(circle(x, y, 4, "k1" if dot in best else "k0", said + (", on the front" if dot in best else "")))
        marks += _name(dot.name, x, y, taken)
    about = [
        f"Less is better. On the front, beaten by no other in both figures: {', '.join(dot.name for dot in best)}."
    ]
    return compose(
        "pareto",
        f"{len(dots)} networks by {FIGURES[figures[0]]} and {FIGURES[figures[1]]}",
        about,
        marks,
        sheet.height + BELOW,
    )


def _name(name: str, x: float, y: float, taken: list[tuple[float, float, float]]) -> list[Mark]:
    """The name beside its dot, where no other stands; without room the tip alone says it."""
    text = short(name, 92, 4.8)
    wide = 4.8 * len(text)
    for left, down in ((x + 6, y + 3), (x - 6 - wide, y + 3), (x - wide / 2, y - 7), (x - wide / 2, y + 14)):
        free = all(abs(down - other) > 9 or left + wide < start or left > end for start, end, other in taken)  # noqa: PLR2004 (a line)
        if free and left > 0 and left + wide < INNER:
            taken.append((left, left + wide, down))
            return [words(left, down, text, "t")]
    return []


def _shown(value: int, figure: str) -> str:
    return (
        f"{bytes_of(value)} {FIGURES[figure].removeprefix('bytes ')}"
        if "bytes" in figure
        else f"{number(value)} {FIGURES[figure]}"
    )
