"""Parameters, MACs and bytes of activations of every layer or block, as bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.draw.chart import compact
from cnncalc.draw.parts import Part, parts
from cnncalc.draw.picture import INNER, Picture, compose, short
from cnncalc.draw.svg import Mark, hidden, line, rect, words
from cnncalc.render.columns import bytes_of, number
from cnncalc.render.summary import heading

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnncalc.analysis.result import Row
    from cnncalc.draw.subject import Subject

    Figure = tuple[str, Callable[[Row], int | None], Callable[[int], str], Callable[[int], str]]

MOST = 48
NAMES = 92.0
ROW = 14.0
FIGURES: tuple[Figure, ...] = (
    ("parameters", lambda row: row.params, compact, number),
    ("MACs", lambda row: row.macs, compact, number),
    ("activations", lambda row: row.output_bytes, bytes_of, lambda value: f"{value:,} bytes"),
)
"""Title, figure of a layer, as written on its bar, exactly."""


def picture(subject: Subject) -> Picture:
    """The picture."""
    analysis = subject.analysis
    shown = parts(analysis, subject.options.depth, MOST)
    wide = (INNER - NAMES) / len(FIGURES)
    marks: list[Mark] = []
    for column, figure in enumerate(FIGURES):
        marks += _column(shown, figure, NAMES + column * wide, wide - 4, f"k{column}")
    for place, part in enumerate(shown):
        title = f"{part.name}: {part.op}"
        marks.append(words(NAMES - 4, 24 + place * ROW, short(part.label, NAMES - 6), "s e", title, layer=part.layer))
    folded = sum(len(part.rows) > 1 for part in shown)
    about = [
        heading(analysis),
        "Every column has its own scale; what a name folds is summed." if folded else "Every column has its own scale.",
    ]
    return compose(
        "cost", f"{analysis.graph.name}: cost by {'block' if folded else 'layer'}", about, marks, 18 + ROW * len(shown)
    )


def _column(shown: list[Part], figure: Figure, x: float, wide: float, css: str) -> list[Mark]:
    title, of, brief, exact = figure
    values = [part.total(of) for part in shown]
    most = max((value or 0 for value in values), default=0) or 1
    total = sum(value or 0 for value in values)
    marks = [words(x, 9, title, "s b"), hidden([line(x, 13, x, 14 + ROW * len(shown), "axis")])]
    for place, (part, value) in enumerate(zip(shown, values, strict=True)):
        y = 15 + place * ROW
        if value is None:
            marks.append(words(x + 3, y + 9, "?", "s", f"{part.name}: {title} unknown"))
        elif value:
            share = f", {100 * value / total:.1f} % of all"
            marks.append(
                rect(
                    x,
                    y,
                    wide * value / most,
                    ROW - 3,
                    f"{css} faint",
                    f"{part.name}: {exact(value)} {title}{share}",
                    layer=part.layer,
                )
            )
            marks.append(words(x + 3, y + 9, brief(value), "t"))
    return marks
