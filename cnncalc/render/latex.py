"""The table as LaTeX, with the rules of booktabs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.render.columns import choose
from cnncalc.render.fold import lines
from cnncalc.render.summary import heading, totals
from cnncalc.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.analysis.result import Analysis

_SPECIAL = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip


def render(analysis: Analysis, *, columns: Sequence[str] | None = None, depth: int | None = None) -> str:
    """A ``tabular``; the totals are its last rows. Needs the package booktabs.

    Raises:
        UsageError: there is no such column.
    """
    rows = lines(analysis, depth)
    chosen = choose(columns, rows)
    align = "".join("r" if column.right else "l" for column in chosen)
    head = _row([column.title for column in chosen])
    body = [_row([column.cell(row) for column in chosen]) for row in rows]
    span = len(chosen) - 1
    figures = [
        rf"{escape(name)} & \multicolumn{{{span}}}{{r}}{{{escape(figure)}}} \\" if span else _row([f"{name} {figure}"])
        for name, figure in totals(analysis)
    ]
    return "\n".join(
        [
            f"% {printable(heading(analysis))}",
            rf"\begin{{tabular}}{{{align}}}",
            r"\toprule",
            head,
            r"\midrule",
            *body,
            r"\midrule",
            *figures,
            r"\bottomrule",
            r"\end{tabular}",
            "",
        ]
    )


def _row(cells: Sequence[str]) -> str:
    return " & ".join(map(escape, cells)) + r" \\"


def escape(text: str) -> str:
    """Text that stays text in LaTeX."""
    return "".join(_SPECIAL.get(char, char) for char in printable(text))
