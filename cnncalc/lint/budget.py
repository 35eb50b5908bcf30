"""Limits that a spec sets under ``budget``, and the layers that add most to what exceeds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.analysis.expectations import figure
from cnncalc.lint.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cnncalc.analysis.result import Row
    from cnncalc.lint.context import Context


def limits(*keys: str) -> Callable[[Context], Iterator[Finding]]:
    """The check of a rule about these figures: a finding for every one that is larger than its limit."""

    def check(cx: Context) -> Iterator[Finding]:
        """Every limit of these figures."""
        for key in keys:
            limit = cx.spec.budget.get(key)
            found = figure(cx.analysis, key) if limit is not None else None
            if limit is not None and found is not None:
                number = max(found) if isinstance(found, tuple) else found
                if number > limit:
                    yield _exceeded(cx, key, number, limit)

    return check


def _exceeded(cx: Context, key: str, number: int, limit: int) -> Finding:
    top = sorted(cx.analysis.rows, key=lambda row: _own(row, key), reverse=True)[:3]
    most = ", ".join(f"{row.node.path} {_own(row, key):,}" for row in top if _own(row, key))
    return Finding(
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
