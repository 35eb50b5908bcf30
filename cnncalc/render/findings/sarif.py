"""Findings as SARIF 2.1.0, for code scanning. Source: OASIS, Static Analysis Results Interchange Format (2020)."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from cnncalc._version import __version__
from cnncalc.lint.registry import BY_CODE, documentation
from cnncalc.render.findings.json import location

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.diagnostics import Source
    from cnncalc.lint.finding import Finding
    from cnncalc.lint.report import Report

_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
UNREADABLE = "unreadable"


def render(reports: Sequence[Report], form: str = "sarif") -> str:
    """One run with the rules that found something, and their findings; suppressed ones are marked so."""
    del form
    codes = sorted({finding.code for report in reports for finding in (*report.findings, *report.suppressed)})
    rules = [_rule(code) for code in codes]
    results = [
        _result(report, finding, codes.index(finding.code), suppressed=suppressed)
        for report in reports
        for suppressed, side in ((False, report.findings), (True, report.suppressed))
        for finding in side
    ]
    notifications = [
        {
            "level": "error",
            "message": {"text": problem.message},
            "locations": [_location(report.source, location(report.source, problem.span))],
        }
        for report in reports
        for problem in report.unreadable
    ]
    run: dict[str, Any] = {
        "tool": {"driver": {"name": "cnncalc", "version": __version__, "semanticVersion": __version__, "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": not notifications, "toolExecutionNotifications": notifications}],
        "results": results,
    }
    return (
        json.dumps(
            {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}, indent=2
        )
        + "\n"
    )


def _rule(code: str) -> dict[str, Any]:
    rule = BY_CODE.get(code)
    if rule is None:
        return {"id": code}
    said = documentation(rule)
    return {
        "id": code,
        "name": "".join(part.capitalize() for part in rule.name.split("-")),
        "shortDescription": {"text": said.summary},
        "fullDescription": {"text": said.sections["What"]},
        "help": {"text": f"{said.sections['Why']} {said.sections['Fix']}"},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"precision": {"proven": "very-high", "likely": "high", "opinion": "medium"}[rule.confidence]},
    }


def _result(report: Report, finding: Finding, index: int, *, suppressed: bool) -> dict[str, Any]:
    print_ = hashlib.sha256(
        f"{finding.code}\0{Path(report.source.name).as_posix()}\0{finding.path}".encode()
    ).hexdigest()
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": {"text": finding.message + (f". {finding.help}" if finding.help else "")},
        "locations": [_location(report.source, location(report.source, finding.span), finding.path)],
        "partialFingerprints": {"cnncalc/v1": print_},
        "properties": finding.data,
    }
    related = [
        {**_location(report.source, location(report.source, note.span)), "message": {"text": note.message}}
        for note in finding.notes
        if note.span is not None
    ]
    if related:
        result["relatedLocations"] = related
    if suppressed:
        result["suppressions"] = [{"kind": "inSource"}]
    return result


def _location(source: Source, place: dict[str, int] | None, path: str = "") -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": quote(Path(source.name).as_posix())}}
    if place is not None:
        physical["region"] = {
            "startLine": place["line"],
            "startColumn": place["column"],
            "endLine": place["end_line"],
            "endColumn": place["end_column"],
        }
    found: dict[str, Any] = {"physicalLocation": physical}
    if path:
        found["logicalLocations"] = [{"fullyQualifiedName": path, "kind": "element"}]
    return found
