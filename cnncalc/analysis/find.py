"""Finding a layer by what a person calls it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.diagnostics import UsageError
from cnncalc.spec.suggest import nearest

if TYPE_CHECKING:
    from cnncalc.analysis.result import Analysis, Row


SHOWN = 10
"""Candidates that a message names."""


def find_row(analysis: Analysis, name: str) -> Row:
    """The row of a path, else of a label, else of the only layer of that kind, else of the last layer of a module.

    Raises:
        UsageError: there is none, or there are several.
    """
    rows = analysis.rows
    for found in (
        [row for row in rows if row.node.path == name],
        [row for row in rows if row.node.label == name],
        [row for row in rows if row.node.op == name],
    ):
        if len(found) == 1 or (found and len({row.node.path for row in found}) == 1):
            return found[0]
        if found:
            paths = ", ".join(row.node.path for row in found[:SHOWN])
            more = ", ..." if len(found) > SHOWN else ""
            raise UsageError(f"'{name}' means {len(found)} layers: {paths}{more}; give one path")
    inside = [row for row in rows if row.node.path.startswith(f"{name}.")]
    if inside:
        return inside[-1]
    known = [name for row in rows for name in (row.node.path, row.node.label) if name]
    raise UsageError(f"there is no layer '{name}'{nearest(name, known)}")
