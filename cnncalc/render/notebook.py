"""What values look like in a notebook: as text and as a piece of HTML without styles of its own but alignment."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from cnncalc.render import explanation, verification
from cnncalc.render.columns import COLUMNS, choose
from cnncalc.render.findings import full
from cnncalc.render.fold import line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cnncalc.analysis.explain.explanation import Explanation
    from cnncalc.analysis.result import Row
    from cnncalc.lint.finding import Finding
    from cnncalc.lint.report import Report
    from cnncalc.report.verification import Verification


def bundle(value: object) -> dict[str, str]:
    """``text/plain`` and ``text/html`` of a value of the types below."""
    text, html = _SHOWN[type(value).__name__]
    return {"text/plain": text(value).rstrip("\n"), "text/html": html(value)}


def table(head: Sequence[str], rows: Iterable[Sequence[str]], caption: str = "") -> str:
    """A table whose first cells name their rows; everything is escaped."""
    top = "".join(f'<th scope="col" {_LEFT}>{escape(cell)}</th>' for cell in head)
    body = "\n".join(
        f'<tr><th scope="row" {_LEFT}>{escape(first)}</th>{"".join(f"<td {_LEFT}>{escape(cell)}</td>" for cell in rest)}</tr>'
        for first, *rest in rows
    )
    above = f"<caption {_LEFT}>{escape(caption)}</caption>\n" if caption else ""
    return f"<table>\n{above}<thead><tr>{top}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"


_LEFT = 'style="text-align:left"'


# ---------------------------------------------------------------------------------------------- layers


def layers_html(rows: Sequence[Row]) -> str:
    """Rows of an analysis as a table, without totals."""
    head, body = _layers(rows)
    return table(head, body)


def layers_text(rows: Sequence[Row]) -> str:
    """Rows of an analysis as plain text, without totals."""
    head, body = _layers(rows)
    widths = [max(map(len, column)) for column in zip(head, *body, strict=True)]
    aligned = (
        "  ".join(cell.ljust(width) for cell, width in zip(one, widths, strict=True)).rstrip() for one in (head, *body)
    )
    return "\n".join(aligned)


def _layers(rows: Sequence[Row]) -> tuple[list[str], list[list[str]]]:
    lines = [line(row) for row in rows]
    columns = choose(None, lines)
    return [column.title for column in columns], [[column.cell(one) for column in columns] for one in lines]


def _figures(row: Row) -> list[tuple[str, str]]:
    shown = line(row)
    return [(column.title, cell) for column in COLUMNS.values() if (cell := column.cell(shown))]


def _row_text(row: Row) -> str:
    figures = _figures(row)
    width = max(len(name) for name, _ in figures)
    return "".join(f"{name.ljust(width)}  {cell}\n" for name, cell in figures)


def _row_html(row: Row) -> str:
    return table(("figure", "value"), _figures(row), row.node.path)


# ---------------------------------------------------------------------------------------------- explanations


def _explanation_html(found: Explanation) -> str:
    rows = []
    for step in found.steps:
        quantity, formula, numbers, result, remarks = explanation.told(step)
        rows.append((quantity, formula, numbers, result, remarks))
    shown = table(("quantity", "formula", "with numbers", "result", "remarks"), rows, explanation.heading(found))
    letters = "".join(
        f"<li><code>{escape(letter)}</code> {escape(text)}</li>" for letter, text in found.symbols.items()
    )
    return f"<p>{escape(found.about)}</p>\n{shown}\n<details><summary>letters</summary><ul>{letters}</ul></details>"


# ---------------------------------------------------------------------------------------------- findings


def _finding_text(found: Finding) -> str:
    parts = [f"{found.severity}[{found.code}] {found.name}: {found.message}"]
    parts += [f"  layer: {full.where(found)}"] if found.path else []
    parts += [f"  help: {found.help}"] if found.help else []
    parts += [f"  fix{'' if fix.safe else ' (changes the network)'}: {fix.message}" for fix in found.fixes]
    return "\n".join(parts)


def _finding_html(found: Finding) -> str:
    head, *rest = _finding_text(found).split("\n")
    lines = "".join(f"<li>{escape(text.strip())}</li>" for text in rest)
    return f"<p><strong>{escape(head)}</strong></p>" + (f"<ul>{lines}</ul>" if lines else "")


def _report_text(found: Report) -> str:
    if found.unreadable:
        return "\n".join(problem.full() for problem in found.unreadable)
    return full.render([found]) or f"{found.source.name}: nothing found"


def _report_html(found: Report) -> str:
    if found.unreadable or not found.findings:
        return f"<pre>{escape(_report_text(found))}</pre>"
    rows = [
        (one.code, one.severity, one.name, full.where(one) if one.path else "", one.message, one.help)
        for one in found.findings
    ]
    return table(("rule", "severity", "name", "layer", "finding", "help"), rows, found.source.name)


# ---------------------------------------------------------------------------------------------- verification


def _verification_html(found: Verification) -> str:
    caption = f"{found.name}: {verification.verdict(found)}"
    return table(verification.TITLES, verification.grouped(found.claims), caption)


def _verification_text(found: Verification) -> str:
    return verification.render(found, "plain")


_SHOWN: dict[str, tuple[Callable[..., str], Callable[..., str]]] = {
    "Row": (_row_text, _row_html),
    "Explanation": (explanation.render, _explanation_html),
    "Finding": (_finding_text, _finding_html),
    "Report": (_report_text, _report_html),
    "Verification": (_verification_text, _verification_html),
}
