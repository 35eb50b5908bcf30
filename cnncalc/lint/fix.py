"""Fixes applied to the text of a spec, one at a time, each checked: the result is a spec, and the finding is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.analysis import analyse
from cnncalc.diagnostics import CnncalcError, Source
from cnncalc.layers.base import shown
from cnncalc.lint.engine import lint_source
from cnncalc.network import expand
from cnncalc.network.trace import Trace
from cnncalc.record import NamedTuple
from cnncalc.source import apply_edits
from cnncalc.spec import read, read_program
from cnncalc.spec.rewrite import annotate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.analysis.result import Analysis
    from cnncalc.lint.finding import Finding, Fix
    from cnncalc.lint.settings import Settings
    from cnncalc.spec.model import Spec

MOST = 500
"""Fixes of one file."""


class Applied(NamedTuple):
    """A fix that was made: what it mended, where, and its effect on shapes, parameters and MACs."""

    finding: Finding
    fix: Fix
    effect: str


class Fixed(NamedTuple):
    """The new text and how it came about."""

    text: str
    applied: tuple[Applied, ...]


def fixed(source: Source, settings: Settings, *, unsafe: bool = False) -> Fixed:
    """Apply every fix that keeps the text a spec and removes its finding.

    Args:
        source: the spec.
        settings: what to look for.
        unsafe: also fixes that change the network.
    """
    applied: list[Applied] = []
    refused: set[tuple[str, str, str]] = set()
    while len(applied) < MOST:
        step = _next(source, settings, unsafe=unsafe, refused=refused)
        if step is None:
            break
        text, done = step
        applied.append(done)
        source = Source(source.name, text)
    return Fixed(source.text, tuple(applied))


def _next(
    source: Source, settings: Settings, *, unsafe: bool, refused: set[tuple[str, str, str]]
) -> tuple[str, Applied] | None:
    """The first fix that can be made."""
    findings = lint_source(source, settings).findings
    for finding, fix in _candidates(findings, unsafe=unsafe):
        key = (finding.code, finding.path, fix.message)
        if key in refused:
            continue
        text = made(source, fix)
        if text is not None and _better(Source(source.name, text), settings, finding, findings):
            return text, Applied(finding, fix, effect(source, Source(source.name, text)))
        refused.add(key)
    return None


def _candidates(findings: tuple[Finding, ...], *, unsafe: bool) -> Iterator[tuple[Finding, Fix]]:
    for finding in findings:
        for fix in finding.fixes:
            if fix.safe or unsafe:
                yield finding, fix


def made(source: Source, fix: Fix) -> str | None:
    """The text with a fix, its arrows brought up to date; None if it is no spec then."""
    try:
        text = apply_edits(source.text, fix.edits)
        return text if text == source.text else _with_arrows(Source(source.name, text))
    except (CnncalcError, ValueError):
        return None


def _with_arrows(source: Source) -> str:
    """The text with the sizes behind its arrows as they are now."""
    spec = _read(source)
    graph = expand(spec)
    if not graph.problems:
        return source.text
    trace = Trace()
    unchecked = expand(spec, settings={}, inputs=spec.inputs, trace=trace)
    sizes = {
        statement.span.start: unchecked.nodes[value].shape or ()
        for statement, _, value in trace.statements
        if statement.expect is not None and value is not None
    }
    return annotate(source, sizes)


def _read(source: Source) -> Spec:
    """The spec of a text: the one-line notation for ``-e``, else YAML."""
    return read_program(source) if source.name == "-e" else read(source)


def _better(source: Source, settings: Settings, finding: Finding, before: tuple[Finding, ...]) -> bool:
    """Whether the finding is gone, and nothing as bad has come."""
    report = lint_source(source, settings)
    if report.unreadable:
        return False
    same = sum(other.code == finding.code for other in report.findings)
    errors = sum(other.severity == "error" for other in report.findings)
    return same < sum(other.code == finding.code for other in before) and errors <= sum(
        other.severity == "error" for other in before
    )


def effect(old: Source, new: Source) -> str:
    """What a change of the text does: ``out 10 -> 12, params +4, MACs +31 %``."""
    try:
        before, after = _numbers(old), _numbers(new)
    except CnncalcError:
        return "cannot be told"
    parts = [_shapes(before, after)]
    change = after.totals.params - before.totals.params
    parts.append(f"params {change:+,}" if change else "params ±0")
    macs = after.totals.macs - before.totals.macs
    share = macs / before.totals.macs if before.totals.macs else 0
    parts.append(f"MACs {share:+.1%}" if macs else "MACs ±0")
    return ", ".join(part for part in parts if part)


def _numbers(source: Source) -> Analysis:
    return analyse(expand(_read(source)))


def _shapes(before: Analysis, after: Analysis) -> str:
    first, second = ([shown(a.graph.nodes[i].shape or ()) for i in a.graph.outputs] for a in (before, after))
    return "out unchanged" if first == second else f"out {', '.join(first)} -> {', '.join(second)}"
