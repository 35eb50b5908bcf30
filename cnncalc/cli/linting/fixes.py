"""``lint --fix`` and ``--diff``: texts with their fixes applied, written back or shown as a difference."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cnncalc.cli.options import write
from cnncalc.diagnostics import Source, SpecError, UsageError

if TYPE_CHECKING:
    from cnncalc.lint.run import Job


def fix(work: list[Job], options: dict[str, Any]) -> tuple[list[Job], int]:
    """Fix every text; how many changed. With ``--diff`` nothing is written."""
    done = [_fixed(job, options) for job in work]
    return done, sum(after.source.text != before.source.text for after, before in zip(done, work, strict=True))


def _fixed(job: Job, options: dict[str, Any]) -> Job:
    """A text with its fixes, written or shown; as it was if it cannot be read."""
    from cnncalc.lint.fix import fixed

    try:
        result = fixed(job.source, job.settings, unsafe=options["unsafe_fixes"])
    except SpecError:
        return job
    if result.text != job.source.text:
        if options["diff"]:
            write(_difference(job.source, result.text), None)
        else:
            _save(job.source, result.text)
    for applied in result.applied:
        finding = applied.finding
        said = f"{finding.code} {finding.path}: {applied.fix.message} ({applied.effect})"
        click.echo(f"{job.source.name}: {said}", err=True)
    return job._replace(source=Source(job.source.name, result.text))


def _save(source: Source, text: str) -> None:
    if source.name in ("-", "-e"):
        write(text if text.endswith("\n") else f"{text}\n", None)
        return
    try:
        Path(source.name).write_bytes(text.encode())
    except OSError as error:
        raise UsageError(f"cannot write {source.name}: {error.strerror}") from None


def _difference(source: Source, text: str) -> str:
    from difflib import unified_diff

    lines = unified_diff(
        source.text.splitlines(keepends=True), text.splitlines(keepends=True), f"a/{source.name}", f"b/{source.name}"
    )
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)
