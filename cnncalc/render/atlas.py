"""Rows of the atlas as a table, as pages, as CSV, Markdown and JSON."""

from __future__ import annotations

import csv as csv_module
import io
import json
from typing import TYPE_CHECKING, Any

from cnncalc.atlas.table import NUMBERS, PROOFS
from cnncalc.render.columns import bytes_of, number
from cnncalc.render.csv import escape
from cnncalc.render.markdown import escape as escape_markdown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.atlas.table import Row

DEFAULT = ("name", "source", "params", "macs", "activations", "inference_peak", "rf", "depth", "input", "proof")
_FIRST_TO_GO = ("proof", "input", "depth", "inference_peak", "activations", "rf", "source")
_BYTES = ("weights", "activations", "saved", "inference_peak", "training_peak")


def cell(row: Row, name: str) -> str:
    """One value as people read it."""
    value = row[name]
    if name in _BYTES:
        return bytes_of(value)
    if name == "distance":
        return f"{value:.2f}"
    return number(value) if value is None or isinstance(value, int) else str(value)


def table(rows: Sequence[Row], columns: Sequence[str], *, width: int | None = None) -> str:
    """The table; with a width the least important columns go first, and are named below it."""
    shown = list(columns)
    cells = {name: [name, *(cell(row, name) for row in rows)] for name in shown}
    widths = {name: max(map(len, texts)) for name, texts in cells.items()}
    for name in _FIRST_TO_GO if width else ():
        if name in shown and sum(widths[n] + 2 for n in shown) - 2 > (width or 0):
            shown.remove(name)
    lines = [
        "  ".join(
            cells[n][i].rjust(widths[n]) if n in (*NUMBERS, "distance") else cells[n][i].ljust(widths[n]) for n in shown
        ).rstrip()
        for i in range(len(rows) + 1)
    ]
    lines.insert(1, "  ".join("-" * widths[name] for name in shown))
    left = [name for name in columns if name not in shown]
    if left:
        lines.append(f"not shown, for want of width: {', '.join(left)} (--columns chooses)")
    return "\n".join(lines) + "\n"


def page(row: Row) -> str:
    """One network in full."""
    wide = max(map(len, row))
    meaning = PROOFS[row["proof"]]
    return "".join(f"{name.ljust(wide)}  {cell(row, name)}\n" for name in row) + f"{' ' * wide}  ({meaning})\n"


def csv(rows: Sequence[Row], columns: Sequence[str]) -> str:
    """Plain numbers, empty where unknown."""
    buffer = io.StringIO()
    writer = csv_module.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([escape(row[name]) for name in columns] for row in rows)
    return buffer.getvalue()


def markdown(rows: Sequence[Row], columns: Sequence[str]) -> str:
    """A table of Markdown."""
    lines: list[Any] = [columns, [("---:" if name in NUMBERS else "---") for name in columns]]
    lines += [[escape_markdown(cell(row, name)) for name in columns] for row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def as_json(rows: Sequence[Row], columns: Sequence[str]) -> str:
    """A list of objects."""
    return json.dumps([{name: row[name] for name in columns} for row in rows], indent=1) + "\n"
