"""``lint --baseline`` and its kin: findings that were accepted once are left out, or accepted now."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from cnncalc.lint.report import Report


def with_baseline(reports: list[Report], options: dict[str, Any], project: dict[str, Any]) -> list[Report] | None:
    """The reports less what the baseline accepts; None after it was written."""
    from cnncalc.lint import baseline

    given = options["baseline"] or project.get("baseline")
    file = Path(given or baseline.NAME)
    if options["write_baseline"]:
        entries = baseline.of(reports)
        baseline.save(file, entries)
        count = sum(len(report.findings) for report in reports)
        click.echo(f"{file}: {count} {'finding' if count == 1 else 'findings'} accepted", err=True)
        return None
    if options["no_baseline"] or not (given or file.is_file()):
        return reports
    entries = baseline.load(file)
    if options["prune_baseline"]:
        baseline.save(file, baseline.pruned(reports, entries))
        entries = baseline.load(file)
    return baseline.apply(reports, entries, str(file))
