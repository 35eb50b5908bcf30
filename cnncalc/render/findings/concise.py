"""Findings in one line each, as editors and grep like them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.lint.finding import Finding
    from cnncalc.lint.report import Report


def render(reports: Sequence[Report], form: str = "concise") -> str:
    """``file:line:column: CODE name: message``."""
    del form
    return "".join(f"{line(report, finding)}\n" for report in reports for finding in report.findings)


def line(report: Report, finding: Finding) -> str:
    """One finding in one line."""
    place = report.source.shown
    if finding.span is not None:
        number, column = report.source.position(finding.span.start)
        place = f"{place}:{number}:{column}"
    return f"{place}: {finding.code} {finding.name}: {finding.message}"
