"""Findings as JSON: one document (schema_version 1), or one object per line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.diagnostics import Source, Span
    from cnncalc.lint.finding import Finding
    from cnncalc.lint.report import Report


def render(reports: Sequence[Report], form: str = "json") -> str:
    """The findings; with ``jsonl`` one per line."""
    findings = [to_dict(report, finding) for report in reports for finding in report.findings]
    if form == "jsonl":
        return "".join(f"{json.dumps(finding)}\n" for finding in findings)
    files = [report.source.name for report in reports]
    unreadable = [
        {"file": report.source.name, "message": problem.message, "location": location(report.source, problem.span)}
        for report in reports
        for problem in report.unreadable
    ]
    document = {"schema_version": 1, "files": files, "findings": findings, "unreadable": unreadable}
    return json.dumps(document, indent=2) + "\n"


def to_dict(report: Report, finding: Finding) -> dict[str, Any]:
    """One finding as plain data."""
    return {
        "file": report.source.name,
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity,
        "message": finding.message,
        "layer": finding.path,
        "also": list(finding.also),
        "location": location(report.source, finding.span),
        "help": finding.help,
        "notes": [{"message": note.message, "location": location(report.source, note.span)} for note in finding.notes],
        "data": finding.data,
        "fixes": [
            {"message": fix.message, "safe": fix.safe, "edits": [edit._asdict() for edit in fix.edits]}
            for fix in finding.fixes
        ],
    }


def location(source: Source, span: Span | None) -> dict[str, int] | None:
    """Lines and columns from 1; the end is exclusive."""
    if span is None:
        return None
    line, column = source.position(span.start)
    end_line, end_column = source.position(span.end)
    return {"line": line, "column": column, "end_line": end_line, "end_column": end_column}
