"""A baseline: findings that are known and accepted, by file, rule and layer. It may shrink and never grows by itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncalc.diagnostics import UsageError
from cnncalc.lint.finding import Finding
from cnncalc.lint.registry import BY_CODE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cnncalc.lint.report import Report

NAME = ".cnncalc-baseline.json"
"""The file that is read by itself."""

Entries = dict[str, dict[str, dict[str, float]]]
"""File, rule, layer: the measure of the finding (how bad it is), or how many there are."""


def load(file: Path) -> Entries:
    """Read a baseline.

    Raises:
        UsageError: it cannot be read, or is none.
    """
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from None
    except ValueError as error:
        raise UsageError(f"{file}: not JSON: {error}") from None
    if not isinstance(values, dict) or values.get("version") != 1 or not _is_entries(values.get("findings")):
        raise UsageError(f"{file}: this is no baseline: write one with cnncalc lint --write-baseline")
    entries: Entries = values["findings"]
    return entries


def _is_entries(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(rules, dict)
        and all(
            isinstance(layers, dict) and all(isinstance(n, int | float) for n in layers.values())
            for layers in rules.values()
        )
        for rules in value.values()
    )


def save(file: Path, entries: Entries) -> None:
    """Write a baseline.

    Raises:
        UsageError: the file cannot be written.
    """
    text = json.dumps({"version": 1, "findings": entries}, indent=1, sort_keys=True) + "\n"
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}") from None


def of(reports: Iterable[Report]) -> Entries:
    """The baseline that accepts everything found."""
    entries: Entries = {}
    for report in reports:
        for finding in report.findings:
            layers = entries.setdefault(_name(report), {}).setdefault(finding.code, {})
            layers[finding.path] = finding.measure if finding.measure is not None else layers.get(finding.path, 0) + 1
    return entries


def _name(report: Report) -> str:
    return Path(report.source.name).as_posix()


def apply(reports: Sequence[Report], entries: Entries, place: str) -> list[Report]:
    """The reports less what the baseline accepts; entries that match nothing any more are findings.

    A finding with a measure is accepted as long as it is no worse than recorded.
    """
    return [_applied(report, entries.get(_name(report), {}), place) for report in reports]


def _applied(report: Report, known: dict[str, dict[str, float]], place: str) -> Report:
    left = {(code, path): number for code, layers in known.items() for path, number in layers.items()}
    kept: list[Finding] = []
    for finding in report.findings:
        key = (finding.code, finding.path)
        allowed = left.get(key)
        if allowed is None:
            kept.append(finding)
        elif finding.measure is not None:
            if finding.measure > allowed * (1 + ROUNDING):
                kept.append(finding._replace(message=f"{finding.message} (worse than in the baseline: {allowed:g})"))
            left[key] = -1
        elif allowed > 0:
            left[key] = allowed - 1
        else:
            kept.append(finding)
    rule = BY_CODE["LN005"]
    stale = [
        Finding(
            f"{place} has {code} at '{path}', which is no longer found",
            path=path,
            code=rule.code,
            name=rule.name,
            severity=rule.severity,
        )
        for (code, path), number in left.items()
        if number > 0 and not report.unreadable
    ]
    return report._replace(findings=(*kept, *stale))


ROUNDING = 1e-9


def pruned(reports: Iterable[Report], entries: Entries) -> Entries:
    """The baseline without what is no longer found, each number no larger than what is found now; other files stay."""
    present = of(reports)
    seen = {_name(report) for report in reports}
    result: Entries = {}
    for name, rules in entries.items():
        if name not in seen:
            result[name] = rules
            continue
        for code, layers in rules.items():
            for path, number in layers.items():
                now = present.get(name, {}).get(code, {}).get(path)
                if now is not None:
                    result.setdefault(name, {}).setdefault(code, {})[path] = min(number, now)
    return result
