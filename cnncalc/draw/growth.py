"""How the receptive field grew: a bar for every layer at which it did, against the input."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.draw.parts import labelled
from cnncalc.draw.picture import INNER, LINE, short
from cnncalc.draw.svg import Mark, hidden, line, rect, words

if TYPE_CHECKING:
    from cnncalc.analysis.result import Analysis, Row

MOST = 24
"""Layers that are drawn; of more every so many."""

NAMES = 96.0
"""Room for the names."""

ROW = 13.0


def growth(analysis: Analysis, row: Row, top: float) -> tuple[list[Mark], float]:
    """The bars of the layers on the way to one, and their height."""
    rows = _growing(analysis, row)
    if len(rows) < 2:  # noqa: PLR2004 (nothing grew)
        return [], 0.0
    left = len(rows) > MOST
    if left:
        rows = [*(rows[i * (len(rows) - 1) // (MOST - 1)] for i in range(MOST))]
    size = _input(analysis, row)
    widest = max(size, *(_size(one) for one in rows))
    scale = (INNER - NAMES - 34) / widest
    heading = "how it grows" + (f", {MOST} steps of it" if left else "") + ":"
    marks = [words(0, top + 9, heading, "s b")]
    for x, css, text in ((INNER - 172, "c3", "field"), (INNER - 132, "k1", "what matters (estimated)")):
        marks += [rect(x, top + 2, 8, 8, css, text), words(x + 11, top + 9, text, "s")]
    y = top + LINE + 3
    for one in rows:
        marks += _bar(one, y, scale)
        y += ROW
    edge = NAMES + size * scale
    marks.append(hidden([line(edge, top + LINE, edge, y, "arrow dash")]))
    marks.append(words(min(edge, INNER - 30), y + 9, f"input {size}", "t m soft"))
    return marks, y + LINE - top


def _bar(row: Row, y: float, scale: float) -> list[Mark]:
    field = (row.receptive_field or ())[-1]
    title = f"{row.node.path}: {field.size} pixels, effective about {field.effective:.1f}, jump {field.jump}"
    return [
        words(NAMES - 4, y + 9, short(labelled(row.node.path, row.node.op), NAMES - 8), "s e", layer=row.node.path),
        rect(NAMES, y + 1, field.size * scale, ROW - 3, "c3", title, layer=row.node.path),
        rect(NAMES, y + 4, field.effective * scale, ROW - 9, "k1", title),
        words(NAMES + field.size * scale + 3, y + 9, str(field.size), "s"),
    ]


def _growing(analysis: Analysis, row: Row) -> list[Row]:
    """The layers upstream at which the field becomes larger than any before."""
    upstream = {row.node.index}
    for node in reversed(analysis.graph.nodes[: row.node.index + 1]):
        if node.index in upstream:
            upstream.update(node.inputs)
    found: list[Row] = []
    for one in analysis.rows:
        if one.node.index in upstream and one.receptive_field and (not found or _size(one) > _size(found[-1])):
            found.append(one)
    return found


def _size(row: Row) -> int:
    return row.receptive_field[-1].size if row.receptive_field else 0


def _input(analysis: Analysis, row: Row) -> int:
    return max((node.shape or (0,))[-1] for node in analysis.graph.inputs) if row.receptive_field else 0
