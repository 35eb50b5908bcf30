"""Findings with the line that they are about, the places that explain them, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.diagnostics import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.lint.finding import Finding
    from cnncalc.lint.report import Report


def render(reports: Sequence[Report], form: str = "full") -> str:
    """One paragraph per finding."""
    del form
    blocks = [one(report, finding) for report in reports for finding in report.findings]
    return "".join(f"{block}\n\n" for block in blocks)


def one(report: Report, finding: Finding) -> str:
    """A finding: place, code, name, message; the excerpt; where else; help; fixes; notes."""
    head = f"{finding.severity}[{finding.code}] {finding.name}: {finding.message}"
    notes = tuple(note for note in finding.notes if note.span is not None)
    lines = Problem(head, report.source, finding.span, notes=notes).full().split("\n")
    extra = []
    if finding.path:
        extra.append(f"  layer: {where(finding)}")
    if finding.help:
        extra.append(f"  help: {finding.help}")
    extra += [f"  fix{'' if fix.safe else ' (changes the network)'}: {fix.message}" for fix in finding.fixes]
    place = 1 if finding.span is None else 3
    return "\n".join([*lines[:place], *extra, *lines[place:]])


def where(finding: Finding) -> str:
    """The layers that have the defect."""
    if not finding.also:
        return finding.path
    more = len(finding.also)
    return f"{finding.path} and {more} more that this line makes" if more > 1 else f"{finding.path}, {finding.also[0]}"
