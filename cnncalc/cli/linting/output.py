"""What ``lint`` says: the outputs that were asked for, a line that sums up, statistics, problems of unreadable files."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from cnncalc.cli.options import write
from cnncalc.cli.screen import message
from cnncalc.diagnostics import SpecError, UsageError
from cnncalc.lint.finding import LEVELS

if TYPE_CHECKING:
    from cnncalc.lint.report import Report


def report_all(reports: list[Report], options: dict[str, Any]) -> None:
    """Write every wanted output; problems of unreadable files go to standard error."""
    for report in reports:
        if report.unreadable:
            click.echo(message(SpecError(report.unreadable)), err=True)
    if options["statistics"]:
        write(_statistics(reports), None)
        return
    wanted = list(options["outputs"]) or ["full"]
    if os.environ.get("GITHUB_ACTIONS") == "true" and not options["outputs"]:
        wanted.append("github")
    for output in wanted:
        _write(output, reports)
    if any(output.partition(":")[::2] in (("full", ""), ("concise", "")) for output in wanted):
        click.echo(_summary(reports), err=True)


def _write(output: str, reports: list[Report]) -> None:
    """One output, ``FORMAT[:FILE]``."""
    from cnncalc.render.findings import FORMATS, render
    from cnncalc.spec.suggest import nearest

    form, _, file = output.partition(":")
    if form not in FORMATS:
        raise UsageError(f"there is no output '{form}'{nearest(form, FORMATS)}; there are {', '.join(FORMATS)}")
    write(render(reports, form), file or None)


def _summary(reports: list[Report]) -> str:
    read = sum(not report.unreadable for report in reports)
    unread = len(reports) - read
    if unread and not read:
        return f"{_count(unread, 'spec')} could not be read; nothing was checked"
    suppressed = sum(len(report.suppressed) for report in reports)
    more = f", {suppressed} suppressed" if suppressed else ""
    more += f"; {unread} could not be read" if unread else ""
    found = _by_severity(reports)
    if not found:
        return f"{_count(read, 'spec')}: nothing found{more}"
    fixable = sum(any(fix.safe for fix in finding.fixes) for report in reports for finding in report.findings)
    more += f"; {fixable} can be fixed with --fix" if fixable else ""
    return f"{_count(read, 'spec')}: {', '.join(found)}{more}"


def _by_severity(reports: list[Report]) -> list[str]:
    """``2 errors``, ``1 warning``: the worst first, and none that there is not."""
    counts = Counter(finding.severity for report in reports for finding in report.findings)
    return [_count(counts[level], level) for level in reversed(LEVELS) if counts[level]]


def _count(number: int, word: str) -> str:
    return f"{number} {word if number == 1 else f'{word}s'}"


def _statistics(reports: list[Report]) -> str:
    counts: dict[tuple[str, str], int] = {}
    for report in reports:
        for finding in report.findings:
            key = (finding.code, finding.name)
            counts[key] = counts.get(key, 0) + 1
    rows = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return "".join(f"{number:5}  {code}  {name}\n" for (code, name), number in rows)
