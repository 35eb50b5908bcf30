"""The linter's findings as plain data, each fix with what it changes in the text."""

from __future__ import annotations

from difflib import unified_diff
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from cnncalc.diagnostics import Source
from cnncalc.lint.fix import effect, made
from cnncalc.lint.registry import BY_CODE, documentation
from cnncalc.render.findings.full import where

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.lint.finding import Finding, Fix
    from cnncalc.lint.report import Report


CHARACTERS = 60_000
"""Of how much text fixes are worked out: each reads the whole text again, so that long texts get few."""

FEWEST = 3
"""Fixes that are worked out however long the text is."""


def findings(report: Report) -> list[dict[str, Any]]:
    """One entry per finding: rule, severity, message, layer, line, help, why it matters, fixes.

    Of a long text with many findings the first ones have their fixes; the others say what works them out.
    """
    left = max(FEWEST, CHARACTERS // max(len(report.source.text), 1))
    found = []
    for finding in report.findings:
        fixes = list(_fixes(report.source, finding)) if left > 0 else []
        left -= len(finding.fixes)
        entry = _finding(report.source, finding, fixes)
        if finding.fixes and left < 0 and not fixes:
            entry["help"] = f"{finding.help or finding.fixes[0].message} (cnncalc lint --fix works it out)"
        found.append(entry)
    return found


def _finding(source: Source, finding: Finding, fixes: list[dict[str, Any]]) -> dict[str, Any]:
    rule = BY_CODE.get(finding.code)
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity,
        "message": finding.message,
        "layer": finding.path,
        "where": where(finding) if finding.path else "",
        "line": None if finding.span is None else source.position(finding.span.start).line,
        "span": finding.span,
        "help": finding.help,
        "why": documentation(rule).sections["Why"] if rule else "",
        "fixes": fixes,
    }


def _fixes(source: Source, finding: Finding) -> Iterator[dict[str, Any]]:
    for fix in finding.fixes:
        text = made(source, fix)
        if text is not None and text != source.text:
            yield _fix(source, fix, text)


def _fix(source: Source, fix: Fix, text: str) -> dict[str, Any]:
    return {
        "message": fix.message,
        "safe": fix.safe,
        "effect": effect(source, Source(source.name, text)),
        "text": text,
        "diff": difference(source, text),
    }


def difference(source: Source, text: str) -> str:
    """A unified diff between a source and its new text."""
    old, new = (f"{one}\n".splitlines(keepends=True) for one in (source.text.rstrip("\n"), text.rstrip("\n")))
    name = shown_name(source)
    return "".join(unified_diff(old, new, f"a/{name}", f"b/{name}", n=2))


def shown_name(source: Source) -> str:
    """The name of a source, without the folders of an absolute path: a page is read on other machines."""
    return PurePath(source.name).name if PurePath(source.name).is_absolute() else source.name
