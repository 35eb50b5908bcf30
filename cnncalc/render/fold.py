"""The lines of a table: one per layer, or, folded to a depth, one per module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.analysis.cost.operations import flops, summed
from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cnncalc.analysis.result import Analysis, ReceptiveField, Row
    from cnncalc.diagnostics import Problem
    from cnncalc.layers.base import Fit, Shape


class Line(NamedTuple):
    """What the columns of one line show; None is unknown."""

    path: str
    op: str
    shape: Shape | None
    assumed: bool
    fits: tuple[Fit, ...]
    params: int | None
    buffers: int | None
    macs: int | None
    flops: int | None
    output_bytes: int | None
    saved_bytes: int | None
    receptive_field: ReceptiveField | None
    place: str
    problems: tuple[Problem, ...]
    times: int = 1


def lines(analysis: Analysis, depth: int | None = None) -> list[Line]:
    """One line per layer; with ``depth`` one per module whose path has as many components."""
    place = Places(analysis)
    if depth is None:
        return [line(row, place) for row in analysis.rows]
    groups: dict[str, list[Row]] = {}
    for row in analysis.rows:
        groups.setdefault(".".join(row.node.path.split(".")[:depth]), []).append(row)
    return [line(rows[0], place) if len(rows) == 1 else folded(path, rows, place) for path, rows in groups.items()]


class Places:
    """``file:line`` of rows."""

    def __init__(self, analysis: Analysis) -> None:
        """Of the rows of this analysis."""
        self.source = analysis.graph.source

    def of(self, row: Row) -> str:
        span = row.node.span
        return "" if span is None else f"{self.source.shown}:{self.source.position(span.start).line}"


def line(row: Row, place: Places | None = None) -> Line:
    """The line of one layer; without places it does not say where it stands."""
    node = row.node
    shown = node.path if not node.call else f"{node.path} (again)"
    problems = () if node.problem is None else (node.problem,)
    assumed = node.assumed or node.problem is not None
    return Line(
        shown, node.op, node.shape, assumed, row.fits, row.params, row.buffers, row.macs, row.flops,
        row.output_bytes, row.saved_bytes, row.receptive_field, place.of(row) if place else "", problems, node.times,
    )  # fmt: skip


def folded(path: str, rows: list[Row], place: Places) -> Line:
    """The line of a module: sums of its layers, size and field of the last."""
    last = rows[-1]
    cost = None if any(row.cost is None for row in rows) else summed(row.cost for row in rows if row.cost is not None)
    problems = tuple(row.node.problem for row in rows if row.node.problem is not None)
    assumed = any(row.node.assumed for row in rows) or bool(problems)
    return Line(
        path, f"{len(rows)} layers", last.node.shape, assumed, (),
        _sum(row.params for row in rows), _sum(row.buffers for row in rows),
        None if cost is None else cost.get("mac", 0), None if cost is None else flops(cost),
        _sum(row.output_bytes for row in rows), _sum(row.saved_bytes for row in rows),
        last.receptive_field, place.of(rows[0]), problems, last.node.times,
    )  # fmt: skip


def _sum(values: Iterable[int | None]) -> int | None:
    total = 0
    for value in values:
        if value is None:
            return None
        total += value
    return total
