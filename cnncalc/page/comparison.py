"""Networks beside the first of them: every total, and the layers that differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnncalc.analysis.diff import FIGURES, difference
from cnncalc.page.findings import shown_name
from cnncalc.render.difference import about, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.analysis.diff import Change
    from cnncalc.analysis.result import Analysis

MOST = 500
"""Changes that are listed for one network."""


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
        "changes": [_changes(_named(one.after), one.changes) for one in found],
    }


def _named(analysis: Analysis) -> str:
    graph = analysis.graph
    return f"{graph.name} ({shown_name(graph.source)})"


def _changes(name: str, changes: Sequence[Change]) -> dict[str, Any]:
    listed = [{"kind": one.kind, "path": one.path, "about": about(one)} for one in changes[:MOST]]
    return {"name": name, "listed": listed, "more": len(changes) - len(listed)}
