"""Findings as GitLab's code quality report."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncalc.render.findings.json import location

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.diagnostics import Span
    from cnncalc.lint.report import Report

_LEVELS = {"error": "major", "warning": "minor", "info": "info"}


def render(reports: Sequence[Report], form: str = "gitlab") -> str:
    """A list of issues with fingerprints."""
    del form
    issues = []
    for report in reports:
        issues += [
            _issue(report, "unreadable", "blocker", problem.message, problem.span, "") for problem in report.unreadable
        ]
        issues += [
            _issue(report, finding.code, _LEVELS[finding.severity], finding.message, finding.span, finding.path)
            for finding in report.findings
        ]
    return json.dumps(issues, indent=2) + "\n"


def _issue(report: Report, code: str, severity: str, text: str, span: Span | None, path: str) -> dict[str, Any]:
    place = location(report.source, span)
    name = Path(report.source.name).as_posix()
    return {
        "check_name": code,
        "description": text,
        "severity": severity,
        "fingerprint": hashlib.sha256(f"{code}\0{name}\0{path}\0{text}".encode()).hexdigest(),
        "location": {"path": name, "lines": {"begin": place["line"] if place else 1}},
    }
