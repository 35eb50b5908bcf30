"""The table for a terminal: styled, as wide as the screen; columns that do not fit are left out and named."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cnncalc.render.columns import Column, choose
from cnncalc.render.fold import Line, lines
from cnncalc.render.summary import heading, totals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.analysis.result import Analysis


def render(
    analysis: Analysis,
    *,
    columns: Sequence[str] | None = None,
    depth: int | None = None,
    width: int = 80,
    color: bool = True,
    unicode: bool = True,
    told: bool = False,
) -> str:
    """The text with its escape sequences.

    Args:
        analysis: the numbers.
        columns: the columns wanted; None for the usual ones.
        depth: fold modules below this depth.
        width: columns of the terminal.
        color: with colours.
        unicode: with line-drawing characters; else ASCII.
        told: errors are told elsewhere; here only their places.

    Raises:
        UsageError: there is no such column.
    """
    rows = lines(analysis, depth)
    chosen = choose(columns, rows)
    shown = chosen if columns is not None else fitting(rows, chosen, width)
    left_out = [column.title for column in chosen if column not in shown]
    buffer = io.StringIO()
    console = Console(
        file=buffer,
        width=max(width, 20),
        force_terminal=color,
        color_system="standard" if color else None,
        legacy_windows=False,
        highlight=False,
        emoji=False,
        markup=False,
    )
    console.print(Text(heading(analysis), style="bold"))
    console.print(_table(rows, shown, unicode=unicode, told=told))
    if left_out:
        console.print(
            Text(
                f"not shown, for want of width: {', '.join(left_out)} (--columns chooses, a pipe shows all)",
                style="dim",
            )
        )
    _summary(console, analysis)
    return buffer.getvalue()


def fitting(rows: Sequence[Line], columns: Sequence[Column], width: int) -> list[Column]:
    """As many columns as the width holds; the least important go first."""
    widths = {column.id: max(len(column.title), *(len(column.cell(row)) for row in rows), 0) for column in columns}
    shown = list(columns)
    while len(shown) > 2 and sum(widths[column.id] + 3 for column in shown) > width:  # noqa: PLR2004 (a layer and its size)
        least = max(shown, key=lambda column: column.importance)
        if not least.importance:
            break
        shown.remove(least)
    return shown


def _table(rows: Sequence[Line], columns: Sequence[Column], *, unicode: bool, told: bool) -> Table:
    table = Table(box=box.SIMPLE_HEAD if unicode else box.ASCII2, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column.title, justify="right" if column.right else "left", overflow="fold", no_wrap=False)
    for row in rows:
        style = "red" if row.problems else "yellow" if row.assumed or any(fit.lost_real for fit in row.fits) else ""
        table.add_row(*(Text(column.cell(row)) for column in columns), style=style)
        for problem in row.problems:
            table.add_row(Text(f"^ error at {problem.location}" if told else f"^ {problem.message}"), style="red")
    return table


def _summary(console: Console, analysis: Analysis) -> None:
    pairs = totals(analysis)
    widest = max((len(name) for name, _ in pairs), default=0)
    for name, figure in pairs:
        console.print(Text.assemble((name.ljust(widest + 2), "dim"), figure))
