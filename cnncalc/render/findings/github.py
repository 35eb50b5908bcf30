"""Findings as workflow commands of GitHub Actions, which show them at the lines of a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.render.findings.json import location

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.lint.report import Report

_LEVELS = {"error": "error", "warning": "warning", "info": "notice"}


def render(reports: Sequence[Report], form: str = "github") -> str:
    """``::warning file=...,line=...,title=...::message``."""
    del form
    lines = []
    for report in reports:
        lines += [
            _command("error", report, location(report.source, problem.span), "unreadable", problem.message)
            for problem in report.unreadable
        ]
        for finding in report.findings:
            title = f"{finding.code} {finding.name}"
            text = finding.message + (f"\nhelp: {finding.help}" if finding.help else "")
            lines.append(
                _command(_LEVELS[finding.severity], report, location(report.source, finding.span), title, text)
            )
    return "".join(f"{line}\n" for line in lines)


def _command(level: str, report: Report, place: dict[str, int] | None, title: str, text: str) -> str:
    values = {"file": report.source.name, "title": title}
    if place is not None:
        values |= {"line": str(place["line"]), "col": str(place["column"]), "endLine": str(place["end_line"])}
    listed = ",".join(f"{key}={_escaped(value, inside=True)}" for key, value in values.items())
    return f"::{level} {listed}::{_escaped(text)}"


def _escaped(text: str, *, inside: bool = False) -> str:
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if inside else text
