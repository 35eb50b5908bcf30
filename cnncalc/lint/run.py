"""Many files: settings of each, findings from the cache where text and settings are the same, processes for many."""

from __future__ import annotations

import gc
import hashlib
import os
from typing import TYPE_CHECKING, Any

from cnncalc._version import __version__
from cnncalc.cache import keep, recall
from cnncalc.diagnostics import SpecError, UsageError
from cnncalc.lint import config
from cnncalc.lint.engine import lint_network, lint_source
from cnncalc.lint.finding import unpack
from cnncalc.lint.report import Report
from cnncalc.lint.settings import Settings, make
from cnncalc.lint.suppress import applied
from cnncalc.record import NamedTuple
from cnncalc.source import decode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cnncalc.diagnostics import Source
    from cnncalc.network.loaded import Network

MANY = 64
"""From so many files that need work on, several processes share it."""


class Job(NamedTuple):
    """One text and its settings."""

    source: Source
    settings: Settings


def jobs(
    files: Sequence[str], command_line: dict[str, Any], *, isolated: bool = False
) -> tuple[list[Job], list[Report]]:
    """The files as texts with their settings; those that are no text as reports.

    Raises:
        UsageError: a file or a settings file cannot be read.
    """
    found: list[Job] = []
    broken: list[Report] = []
    for name in files:
        try:
            found.append(Job(_source(name), settings_for(name, command_line, isolated=isolated)))
        except SpecError as error:
            broken.append(Report(error.problems[0].source, unreadable=error.problems))  # type: ignore[arg-type]
    return found, broken


_made: dict[str, Settings] = {}


def settings_for(name: str, command_line: dict[str, Any], *, isolated: bool = False) -> Settings:
    """The settings for one file; equal ones are made once."""
    values = command_line if isolated else config.for_file(config.nearest(name), command_line, name)
    values = {key: value for key, value in values.items() if key not in ("fail-level", "baseline", "exclude")}
    key = repr(sorted(values.items()))
    if key not in _made:
        _made[key] = make(values, config.nearest(name).file or "settings")
    return _made[key]


def _source(name: str) -> Source:
    try:
        with open(name, "rb") as file:  # noqa: PTH123 (cheaper to import)
            return decode(name, file.read())
    except OSError as error:
        raise UsageError(f"cannot read {name}: {error.strerror}") from None


def lint_loaded(network: Network, settings: Settings) -> Report:
    """The findings of a loaded network, with the size and the parameters with which it was loaded."""
    inputs, given, variant = network.given or (None, None, None)
    found = lint_network(network.spec, settings, inputs=inputs, given=given, variant=variant)
    return applied(network.spec.source, found, settings)


def lint_all(work: Sequence[Job], *, cache: bool = True, processes: int | None = None) -> list[Report]:
    """The reports of all jobs, in their order.

    Args:
        work: texts and settings.
        cache: take findings from earlier runs where text, settings and version are the same, and keep new ones.
        processes: how many to use; without it as many as there are processors, from 64 files on.
    """
    cache = cache and len(work) > 1
    kept = recall(CACHE) if cache else {}
    keys = [_key(job) for job in work] if cache else [""] * len(work)
    reports: list[Report | None] = [_recalled(job, kept.get(key)) for job, key in zip(work, keys, strict=True)]
    missing = [i for i, report in enumerate(reports) if report is None]
    for i, report in zip(missing, _linted([work[i] for i in missing], processes), strict=True):
        reports[i] = report
        if cache and not report.unreadable:
            kept[keys[i]] = [[finding.pack() for finding in side] for side in (report.findings, report.suppressed)]
    if cache and missing:
        keep(CACHE, dict(list(kept.items())[-LARGEST:]))
    return [report for report in reports if report is not None]


CACHE = "lint.json"
LARGEST = 20_000
"""Files whose findings are kept."""


def _key(job: Job) -> str:
    text = f"{__version__}\0{job.settings.fingerprint()}\0{job.source.name}\0{job.source.text}"
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _recalled(job: Job, kept: Any) -> Report | None:
    if kept is None:
        return None
    try:
        findings, suppressed = ([unpack(values) for values in side] for side in kept)
    except (TypeError, ValueError):
        return None
    return Report(job.source, tuple(findings), tuple(suppressed))


def _linted(work: list[Job], processes: int | None) -> Iterator[Report]:
    count = processes or (os.cpu_count() or 1 if len(work) >= MANY else 1)
    if count == 1 or len(work) <= 1:
        yield from (lint_source(job.source, job.settings) for job in work)
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    yield lint_source(work[0].source, work[0].settings)  # imports what the others need, once for all processes
    work = work[1:]
    method = "fork" if hasattr(os, "fork") else "spawn"
    with ProcessPoolExecutor(count, mp_context=get_context(method), initializer=gc.disable) as pool:
        done = pool.map(_lint_job, work, chunksize=max(1, min(16, len(work) // (4 * count))))
        for job, (findings, suppressed, broken) in zip(work, done, strict=True):
            yield broken or Report(job.source, tuple(map(unpack, findings)), tuple(map(unpack, suppressed)))


def _lint_job(job: Job) -> tuple[list[Any], list[Any], Report | None]:
    """The findings as plain data, which travels between processes faster than records with sources."""
    report = lint_source(job.source, job.settings)
    if report.unreadable:
        return [], [], report
    return [finding.pack() for finding in report.findings], [finding.pack() for finding in report.suppressed], None
