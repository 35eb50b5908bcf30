"""The table as plain text: unstyled, never truncated, the same in a file and in a pipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.render.columns import Column, choose
from cnncalc.render.fold import Line, lines
from cnncalc.render.summary import heading, totals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.analysis.result import Analysis


def render(
    analysis: Analysis, *, columns: Sequence[str] | None = None, depth: int | None = None, told: bool = False
) -> str:
    """The table, its totals below; an error stands below the row that it belongs to, if it is ``told`` elsewhere its place.

    Raises:
        UsageError: there is no such column.
    """
    rows = lines(analysis, depth)
    chosen = choose(columns, rows)
    pairs = totals(analysis)
    width = max((len(name) for name, _ in pairs), default=0)
    summary = [f"{name.ljust(width)}  {figure}" for name, figure in pairs]
    return "\n".join([heading(analysis), "", *table(rows, chosen, told=told), *(["", *summary] if summary else []), ""])


def table(rows: Sequence[Line], columns: Sequence[Column], *, told: bool = False) -> list[str]:
    """The lines of the table: titles, a rule, the rows."""
    cells = [[column.title for column in columns], *([column.cell(row) for column in columns] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    text = [_aligned(row, widths, columns) for row in cells]
    text.insert(1, "  ".join("-" * width for width in widths))
    if any(row.problems for row in rows):
        text = text[:2] + [
            line for row, shown in zip(rows, text[2:], strict=True) for line in (shown, *_errors(row, told=told))
        ]
    return text


def _aligned(cells: Sequence[str], widths: Sequence[int], columns: Sequence[Column]) -> str:
    parts = (
        cell.rjust(width) if column.right else cell.ljust(width)
        for cell, width, column in zip(cells, widths, columns, strict=True)
    )
    return "  ".join(parts).rstrip()


def _errors(row: Line, *, told: bool) -> list[str]:
    return [f"  ^ {f'error at {problem.location}' if told else problem.line()}" for problem in row.problems]
