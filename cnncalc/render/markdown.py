"""The table as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.render.columns import choose
from cnncalc.render.fold import lines
from cnncalc.render.summary import heading, totals
from cnncalc.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.analysis.result import Analysis


def render(analysis: Analysis, *, columns: Sequence[str] | None = None, depth: int | None = None) -> str:
    """Heading, table, totals, problems.

    Raises:
        UsageError: there is no such column.
    """
    rows = lines(analysis, depth)
    chosen = choose(columns, rows)
    head = [[column.title for column in chosen], ["--:" if column.right else ":--" for column in chosen]]
    body = [[escape(column.cell(row)) for column in chosen] for row in rows]
    figures = [["total", "figure"], [":--", "--:"], *([name, figure] for name, figure in totals(analysis))]
    problems = [f"- {escape(problem.line())}" for problem in analysis.graph.problems]
    parts = [[f"**{escape(heading(analysis))}**"], _rows([*head, *body]), _rows(figures), problems]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _rows(cells: list[list[str]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in cells]


def code(text: str) -> str:
    """A name as code, also one with a mark that ends code or a cell."""
    shown = printable(text).replace("|", "\\|")
    return f"`{shown}`" if "`" not in shown else escape(text)


def escape(text: str) -> str:
    """Text that stays text in a Markdown table: no emphasis, link, cell or element of HTML."""
    text = printable(text)
    for char in ("\\", "|", "*", "_", "`", "<", "["):
        text = text.replace(char, f"\\{char}")
    return text
