"""The table of a page: one row per layer, and before the layers of a module a row with its sums."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnncalc.render.columns import COLUMNS
from cnncalc.render.fold import Places, folded, line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cnncalc.analysis.result import Analysis, Row
    from cnncalc.render.fold import Line

SHOWN = (
    "layer", "op", "output", "times", "exact", "lost", "params", "macs", "flops", "output_bytes", "saved_bytes", "rf", "jump",
)  # fmt: skip
"""The columns, of which those that would be empty are left out."""


def table(analysis: Analysis) -> dict[str, Any]:
    """Columns and rows as plain data.

    A row has ``path``, ``cells``, ``depth`` below the network, ``line`` of the source (None without one) and ``inside``:
    how many of the following rows a module has, 0 for a layer; ``index`` numbers the layers.
    """
    place = Places(analysis)
    numbers = {id(row): index for index, row in enumerate(analysis.rows)}
    found = list(_walk(analysis.rows, 0, place))
    columns = [
        COLUMNS[name]
        for name in SHOWN
        if name in ("layer", "op", "output") or any(COLUMNS[name].cell(entry) for entry, _, _, _ in found)
    ]
    return {
        "columns": [{"id": column.id, "title": column.title, "right": column.right} for column in columns],
        "rows": [
            {
                "path": entry.path,
                "cells": [column.cell(entry) for column in columns],
                "depth": depth,
                "line": _line(analysis, rows[0]),
                "inside": inside,
                "index": None if inside else numbers[id(rows[0])],
                "problems": [problem.message for problem in entry.problems] if not inside else [],
            }
            for entry, rows, depth, inside in found
        ],
    }


def _line(analysis: Analysis, row: Row) -> int | None:
    span = row.node.span
    return None if span is None else analysis.graph.source.position(span.start).line


def _walk(rows: Sequence[Row], depth: int, place: Places) -> Iterator[tuple[Line, Sequence[Row], int, int]]:
    """Lines in execution order: a module's own before those of its layers. Modules of one layer are left out."""
    start = 0
    while start < len(rows):
        end = _end(rows, start, depth)
        if end - start == 1:
            yield line(rows[start], place), rows[start:end], depth, 0
        else:
            inner = list(_walk(rows[start:end], depth + 1, place))
            yield folded(_module(rows[start], depth), list(rows[start:end]), place), rows[start:end], depth, len(inner)
            yield from inner
        start = end


def _module(row: Row, depth: int) -> str:
    return ".".join(row.node.path.split(".")[: depth + 1])


def _end(rows: Sequence[Row], start: int, depth: int) -> int:
    """Behind the neighbours that are in the same module."""
    end = start + 1
    if _names(rows[start]) > depth + 1:
        module = _module(rows[start], depth)
        while end < len(rows) and _names(rows[end]) > depth + 1 and _module(rows[end], depth) == module:
            end += 1
    return end


def _names(row: Row) -> int:
    """How many names the path of a layer has."""
    return row.node.path.count(".") + 1
