"""Limits that a spec sets under ``budget``, and the layers that add most to what exceeds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.analysis.expectations import figure
from cnncalc.lint.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cnncalc.analysis.result import Row
    from cnncalc.lint.context import Context


def exceeded(cx: Context, keys: Sequence[str]) -> Iterator[Finding]:
    """A finding for every one of these figures that is larger than its limit."""
    for key in keys:
        limit = cx.spec.budget.get(key)
        found = figure(cx.analysis, key) if limit is not None else None
        if limit is None or found is None:
            continue
        number = max(found) if isinstance(found, tuple) else found
        if number > limit:
            top = sorted(cx.analysis.rows, key=lambda row: _own(row, key), reverse=True)[:3]
            most = ", ".join(f"{row.node.path} {_own(row, key):,}" for row in top if _own(row, key))
            yield Finding(
                f"{key} {number:,} exceeds the budget of {limit:,} by {number / limit - 1:.1%}",
                span=cx.spec.spans.get(f"budget.{key}"),
                help=f"most of it: {most}" if most else "",
                data={"found": number, "limit": limit},
                measure=float(number),
            )


def _own(row: Row, key: str) -> int:
    """What a layer adds to a figure."""
    field = {"weights": "params", "inference_peak": "output_bytes", "training_peak": "saved_bytes"}.get(key, key)
    value = getattr(row, field, 0)
    return value if isinstance(value, int) else 0
