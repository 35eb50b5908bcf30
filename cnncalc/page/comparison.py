"""Networks beside the first of them: every total, and the layers that differ."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from cnncalc.analysis.diff import FIGURES, difference
from cnncalc.diagnostics import UsageError
from cnncalc.draw.pictures import draw
from cnncalc.page.findings import shown_name
from cnncalc.render.difference import about, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.analysis.diff import Change
    from cnncalc.analysis.result import Analysis

MOST = 500
"""Changes that are listed for one network."""


def _picture(analyses: Sequence[Analysis]) -> str:
    """The networks by MACs and parameters, as SVG; empty where one of them has none."""
    with suppress(UsageError):
        return draw(analyses, "pareto").svg(style=False)
    return ""


def comparison(analyses: Sequence[Analysis]) -> dict[str, Any] | None:
    """Totals of all networks with their change against the first, and what differs; None for a single network."""
    first, *others = analyses
    if not others:
        return None
    found = [difference(first, other) for other in others]
    return {
        "names": [_named(analysis) for analysis in analyses],
        "totals": [
            {
                "name": name,
                "first": f"{getattr(first.totals, name):,}",
                "others": [(f"{one.totals[i].after:,}", percent(one.totals[i])) for one in found],
            }
            for i, name in enumerate(FIGURES)
        ],
        "picture": _picture(analyses),
        "changes": [_changes(_named(one.after), one.changes) for one in found],
    }


def _named(analysis: Analysis) -> str:
    graph = analysis.graph
    return f"{graph.name} ({shown_name(graph.source)})"


def _changes(name: str, changes: Sequence[Change]) -> dict[str, Any]:
    listed = [{"kind": one.kind, "path": one.path, "about": about(one)} for one in changes[:MOST]]
    return {"name": name, "listed": listed, "more": len(changes) - len(listed)}
