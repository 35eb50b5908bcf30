"""A model that does not run, as text: its calls with their sizes, and what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.text import printable

if TYPE_CHECKING:
    from cnncalc.convert.broken.failure import Explained, Failure
    from cnncalc.layers.base import Shape

SHOWN = 40
"""Calls before the one that failed, at most; those before them are counted."""


def told(explained: Explained, *, assume: bool) -> str:
    """The calls that ran, and every failure: the call, the sizes that met, where, why, the remedy.

    Args:
        explained: of ``explain``, with failures.
        assume: the calls behind a failure are told too, up to the end.
    """
    shown = explained.calls if assume else explained.calls[-SHOWN:]
    hidden = len(explained.calls) - len(shown)
    rows = [(call.path or "-", call.name, _sizes(call.entering), _sizes(call.leaving)) for call in shown]
    if not assume:
        call = explained.failures[-1].call
        rows.append((call.path or "-", call.name, _sizes(call.entering), "fails"))
    lines = [f"... {hidden} calls before these"] if hidden else []
    lines += _table([("module", "call", "entering", "leaving"), *rows])
    for failure in explained.failures:
        lines += ["", *_failure(failure)]
    return "\n".join(printable(line) for line in lines)


def _failure(failure: Failure) -> list[str]:
    call = failure.call
    place = f" at '{call.path}'" if call.path else ""
    lines = [f"{call.name}{place} fails on {_sizes(call.entering) or 'what enters'}: {failure.error}"]
    if failure.file:
        lines.append(f"  {failure.file}: {failure.line}")
    if failure.why:
        lines.append(f"  why: {failure.why}")
    if failure.remedy and failure.remedy.text:
        lines.append(f"  remedy: {failure.remedy.text}")
    return lines


def _sizes(shapes: tuple[Shape, ...]) -> str:
    """Without the batch; a call with many values by its first."""
    texts = ["x".join(map(str, shape[1:])) or "1" for shape in shapes[:3]]
    return ", ".join(texts) + (", ..." if len(shapes) > len(texts) else "")


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows]
