"""The difference between two networks as text: plain, markdown for a comment, JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cnncalc.layers.base import shown
from cnncalc.render.markdown import code, escape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.analysis.diff import Change, Difference, Total

_SIGNS = {"added": "+", "removed": "-", "changed": "~"}


def render(found: Difference, form: str) -> str:
    """plain, markdown or json."""
    if form == "json":
        return json.dumps(to_dict(found), indent=2) + "\n"
    return _markdown(found) if form == "markdown" else _plain(found)


def to_dict(found: Difference) -> dict[str, Any]:
    """The difference as plain data."""
    return {
        "schema_version": 1,
        "before": found.before.graph.source.name,
        "after": found.after.graph.source.name,
        "layers": [_layer(change) for change in found.changes],
        "totals": {
            total.name: {
                "before": total.before,
                "after": total.after,
                "share": None if total.share is None else str(total.share),
            }
            for total in found.totals
        },
    }


def _layer(change: Change) -> dict[str, Any]:
    row = change.after or change.before
    assert row is not None  # noqa: S101 (a change has one of them)
    return {
        "change": change.kind,
        "path": change.path,
        "before": None if change.before is None else change.before.node.path,
        "op": row.node.op,
        "details": list(change.details()),
    }


def _plain(found: Difference) -> str:
    lines = [_line(change) for change in found.changes] or ["the layers are the same"]
    width = max(len(total.name) for total in found.totals)
    lines.append("")
    lines += [
        f"{total.name.ljust(width)}  {total.before:>17,}  ->  {total.after:>17,}  {percent(total):>9}"
        for total in found.totals
    ]
    return "\n".join(lines) + "\n"


def _line(change: Change) -> str:
    return f"{_SIGNS[change.kind]} {change.path}  {about(change)}"


def about(change: Change) -> str:
    """What a change is: the layer that came or went, or what differs in it."""
    row = change.after or change.before
    assert row is not None  # noqa: S101 (a change has one of them)
    if change.kind == "changed":
        moved = (
            ""
            if change.before is None or change.before.node.path == change.path
            else f"was {change.before.node.path}; "
        )
        return f"{row.node.op}: {moved}{', '.join(change.details())}"
    size = "?" if row.node.shape is None else shown(row.node.shape)
    return f"{row.node.op} {size}, {row.params or 0:,} parameters, {row.macs or 0:,} MACs"


def percent(total: Total) -> str:
    """``+5.0 %``."""
    if total.before == total.after:
        return "="
    return "new" if total.share is None else f"{float(100 * total.share):+.1f} %"


def _markdown(found: Difference) -> str:
    before, after = (code(analysis.graph.source.name) for analysis in (found.before, found.after))
    lines = [f"**{escape(found.after.graph.name)}**: {before} to {after}", ""]
    lines += _table(
        ("total", "before", "after", "change"),
        [(t.name, f"{t.before:,}", f"{t.after:,}", percent(t)) for t in found.totals],
    )
    rows = [(_SIGNS[change.kind], code(change.path), escape(about(change))) for change in found.changes]
    lines += ["", *_table(("", "layer", "change"), rows)] if rows else ["", "The layers are the same."]
    return "\n".join(lines) + "\n"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return ["| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows)]
