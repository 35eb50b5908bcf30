"""Comma-separated values: one row per layer, plain numbers, empty where unknown."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from cnncalc.report.analysis import to_dict
from cnncalc.text import printable

if TYPE_CHECKING:
    from cnncalc.analysis.result import Analysis

COLUMNS = (
    "path", "op", "output_shape", "exact_size", "lost", "lost_real", "params", "buffers", "macs", "flops", "output_bytes", "saved_bytes",
    "rf_size", "rf_jump", "rf_start", "rf_coverage", "file", "line",
)  # fmt: skip

FORMULA = ("=", "+", "-", "@")
"""How a formula begins. Source: OWASP, CSV injection."""


def render(analysis: Analysis) -> str:
    """A header and one row per layer; the parts of a value are joined by x."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    for record in records(analysis):
        writer.writerow([escape(value) for value in record.values()])
    return buffer.getvalue()


def escape(value: Any) -> Any:
    """A cell that a table calculator takes as text or number, never as a formula: what begins like one gets a ' before it."""
    if not isinstance(value, str):
        return "" if value is None else value
    text = printable(value)
    number = not text.strip("+-.x0123456789")  # one number, or one per axis
    return f"'{text}" if text.startswith(FORMULA) and not number else text


def records(analysis: Analysis) -> list[dict[str, Any]]:
    """The same rows as values, for data frames: whole numbers, texts, None where unknown."""
    return [dict(zip(COLUMNS, map(_cell, _values(layer)), strict=True)) for layer in to_dict(analysis)["layers"]]


def _values(layer: dict[str, Any]) -> list[Any]:
    field = layer["receptive_field"] or {}
    place = layer["location"] or {}
    own = [layer[name] for name in COLUMNS[:12]]
    return [
        *own,
        *(field.get(name) for name in ("size", "jump", "start", "coverage")),
        place.get("file"),
        place.get("line"),
    ]


def _cell(value: Any) -> Any:
    return "x".join(map(str, value)) if isinstance(value, list) else value
