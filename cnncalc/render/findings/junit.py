"""Findings as JUnit XML: a suite per file, a failed case per finding."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from cnncalc.render.findings.full import one

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cnncalc.lint.report import Report

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML cannot hold."""


def render(reports: Sequence[Report], form: str = "junit") -> str:
    """The suites; a file without findings has one case that passes."""
    del form
    suites = [suite for report in reports for suite in _suite(report)]
    return "\n".join(
        ['<?xml version="1.0" encoding="utf-8"?>', '<testsuites name="cnncalc lint">', *suites, "</testsuites>", ""]
    )


def _suite(report: Report) -> Iterator[str]:
    name = _quoted(report.source.name)
    failures = [
        (finding.code, f"{finding.code} {finding.path}".strip(), finding.message, one(report, finding))
        for finding in report.findings
    ]
    failures += [("unreadable", "unreadable", problem.message, problem.full()) for problem in report.unreadable]
    yield f'  <testsuite name={name} tests="{max(1, len(failures))}" failures="{len(failures)}" errors="0">'
    for code, case, message, text in failures:
        yield f"    <testcase classname={name} name={_quoted(case)}>"
        yield f"      <failure type={_quoted(code)} message={_quoted(message)}>{_text(text)}</failure>"
        yield "    </testcase>"
    if not failures:
        yield f'    <testcase classname={name} name="lint"/>'
    yield "  </testsuite>"


def _quoted(text: str) -> str:
    return quoteattr(_CONTROL.sub("\ufffd", text))


def _text(text: str) -> str:
    return _CONTROL.sub("\ufffd", text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
