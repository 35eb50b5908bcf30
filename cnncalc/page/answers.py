"""Everything that a page shows of one network, as plain data. The report and every page made of it start from here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnncalc._version import __version__
from cnncalc.lint.run import lint_loaded
from cnncalc.page.explanations import explanations
from cnncalc.page.findings import findings, shown_name
from cnncalc.page.limits import limits
from cnncalc.page.table import table
from cnncalc.render.summary import heading, totals

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cnncalc.analysis.result import Analysis
    from cnncalc.diagnostics import Problem, Source
    from cnncalc.lint.settings import Settings
    from cnncalc.network.loaded import Network

VERSION = 1
"""Of the data; keys may be added, none is taken away."""


def answers(network: Network, analysis: Analysis, settings: Settings) -> dict[str, Any]:
    """What is known about a network: its numbers, what the linter finds, where every number comes from.

    Args:
        network: the network, with or without problems.
        analysis: its numbers.
        settings: what the linter looks for.
    """
    report = lint_loaded(network, settings)
    found = findings(report)
    base = numbers(network, analysis)
    return base | {
        "table": _marked(base["table"], found),
        "findings": found,
        "suppressed": len(report.suppressed),
        "explanations": explanations(analysis),
    }


def numbers(network: Network, analysis: Analysis) -> dict[str, Any]:
    """The part that comes first: summary, table, source, problems, limits."""
    return {
        "schema_version": VERSION,
        "program": __version__,
        "name": network.graph.name,
        "file": shown_name(network.spec.source),
        "heading": heading(analysis),
        "summary": [{"name": name, "text": text} for name, text in totals(analysis)],
        "complete": analysis.totals.complete,
        "table": table(analysis),
        "source": _lines(network),
        "problems": list(problems(network.spec.source, network.problems)),
        "limits": limits(network, analysis),
    }


def problems(source: Source, found: Iterable[Problem]) -> Iterator[dict[str, Any]]:
    """Problems with their line, if they have one."""
    for problem in found:
        line = None if problem.span is None else source.position(problem.span.start).line
        yield {"message": problem.message, "line": line, "hint": problem.hint, "text": problem.full()}


def _lines(network: Network) -> list[str]:
    source = network.spec.source
    count = source.position(len(source.text)).line
    lines = [source.line_text(line) for line in range(1, count + 1)]
    return lines[:-1] if len(lines) > 1 and not lines[-1] else lines


def _marked(shown: dict[str, Any], found: list[dict[str, Any]]) -> dict[str, Any]:
    """The table with a column that says which rules found something in a layer, if any did."""
    codes: dict[str, list[str]] = {}
    for finding in found:
        codes.setdefault(finding["layer"], []).append(finding["code"])
    marks = [" ".join(dict.fromkeys(codes.get(row["path"], ()))) for row in shown["rows"]]
    if not any(marks):
        return shown
    rows = [{**row, "cells": [*row["cells"], mark]} for row, mark in zip(shown["rows"], marks, strict=True)]
    return {"columns": [*shown["columns"], {"id": "findings", "title": "findings", "right": False}], "rows": rows}
