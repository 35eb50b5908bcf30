"""The network exceeds its budget of memory.

What: A limit on memory under `budget` is exceeded.

Why: Whoever wrote the limit meets it on the device.

Condition: The figure (weights, inference_peak, training_peak) is larger than the limit.

Fix: Change the network, or the budget; the message names the layers that add most.

Source: The spec's own `budget`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.analysis.expectations import figure
from cnncalc.analysis.result import Row
from cnncalc.lint.finding import Finding
from cnncalc.lint.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.lint.context import Context

RULE = Rule("BG003", "budget-memory", severity="error", proof="over-budget")
BAD = ("cnncalc: 1\ninput: 3x8x8\nbudget: {inference_peak: 100}\nlayers:\n  - conv 4 3\n  - relu\n",)
GOOD = ("cnncalc: 1\ninput: 3x8x8\nbudget: {inference_peak: 1MiB}\nlayers:\n  - conv 4 3\n  - relu\n",)


KEYS = ("weights", "inference_peak", "training_peak")


def check(cx: Context) -> Iterator[Finding]:
    """Every limit of these figures."""
    for key in KEYS:
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
