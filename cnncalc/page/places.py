"""Where things stand in a text that a browser shows, which counts in units of UTF-16."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnncalc.analysis.result import Analysis
    from cnncalc.diagnostics import Source, Span

_WIDE = "\uffff"
"""Characters beyond it take two units."""


def units(source: Source, given: str) -> Callable[[Span], tuple[int, int]]:
    """A function from a span of a source to its begin and end in the text as it was given (which may begin with a byte order mark)."""
    ahead = len(given) - len(source.text)
    text = source.text
    if text.isascii() or max(text) <= _WIDE:
        return lambda span: (span.start + ahead, span.end + ahead)
    before = [0]
    for char in text:
        before.append(before[-1] + (1 if char <= _WIDE else 2))
    last = len(text)
    return lambda span: (before[min(span.start, last)] + ahead, before[min(span.end, last)] + ahead)


def stages(analysis: Analysis, place: Callable[[Span], tuple[int, int]]) -> list[list[Any]]:
    """For every stage of the text ``[from, to, first, last, count]``: the rows that it makes, itself or by a block that it calls."""
    found: dict[Span, list[int]] = {}
    for index, row in enumerate(analysis.rows):
        node = row.node
        spans = (*node.calls, node.span) if node.span else node.calls
        for span in dict.fromkeys(spans):
            entry = found.setdefault(span, [index, index, 0])
            entry[1] = index
            entry[2] += 1
    return [[*place(span), *entry] for span, entry in found.items()]
