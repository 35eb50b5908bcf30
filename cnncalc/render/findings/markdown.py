"""Findings as a Markdown table, for step summaries and comments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.render.markdown import escape
from cnncalc.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.lint.report import Report


def render(reports: Sequence[Report], form: str = "markdown") -> str:
    """A table of place, severity, rule, layer and message; a sentence if there is nothing."""
    del form
    rows = []
    for report in reports:
        rows += [
            (_place(report, problem.span), "error", "unreadable", "", problem.message) for problem in report.unreadable
        ]
        rows += [
            (
                _place(report, f.span),
                f.severity,
                f"{f.code} {f.name}",
                f.path,
                f.message + (f"; {f.help}" if f.help else ""),
            )
            for f in report.findings
        ]
    if not rows:
        return f"No findings in {len(reports)} {'file' if len(reports) == 1 else 'files'}.\n"
    lines = ["| place | severity | rule | layer | finding |", "| --- | --- | --- | --- | --- |"]
    lines += ["| " + " | ".join(escape(printable(cell)) for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _place(report: Report, span: object) -> str:
    if span is None:
        return report.source.shown
    return f"{report.source.shown}:{report.source.position(span.start).line}"  # type: ignore[attr-defined]
