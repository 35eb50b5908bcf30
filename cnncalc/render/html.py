"""The table for notebooks: one self-contained piece of HTML."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from cnncalc.render.columns import choose
from cnncalc.render.fold import lines
from cnncalc.render.summary import heading, totals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.analysis.result import Analysis


def render(analysis: Analysis, *, columns: Sequence[str] | None = None, depth: int | None = None) -> str:
    """A table with a caption, the totals in its foot.

    Raises:
        UsageError: there is no such column.
    """
    rows = lines(analysis, depth)
    chosen = choose(columns, rows)
    head = "".join(f"<th>{escape(column.title)}</th>" for column in chosen)
    body = "\n".join(
        f"<tr>{''.join(_cell(column.cell(row), right=column.right) for column in chosen)}</tr>" for row in rows
    )
    span = max(1, len(chosen) - 1)
    foot = "\n".join(
        f'<tr><th>{escape(name)}</th><td colspan="{span}">{escape(figure)}</td></tr>'
        for name, figure in totals(analysis)
    )
    problems = "".join(f"<pre>{escape(problem.full())}</pre>\n" for problem in analysis.graph.problems)
    return (
        f"<table>\n<caption>{escape(heading(analysis))}</caption>\n<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{body}\n</tbody>\n<tfoot>\n{foot}\n</tfoot>\n</table>\n{problems}"
    )


def _cell(text: str, *, right: bool) -> str:
    style = ' style="text-align:right"' if right else ' style="text-align:left"'
    return f"<td{style}>{escape(text)}</td>"
