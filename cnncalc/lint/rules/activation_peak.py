"""One value is more than half of the peak of memory.

What: At the peak of inference a single value takes more than half.

Why: Only a change of this layer lowers the peak.

Condition: Output bytes > 50 % of the inference peak, in networks of at least ten layers.

Fix: A stride or fewer channels there.

Source: Liveness of values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.lint.finding import Finding
from cnncalc.lint.rule import PEDANTIC, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.lint.context import Context

RULE = Rule("CP003", "activation-peak", severity="info", presets=PEDANTIC, proof="share-of-memory")
BAD = ("3x64x64 | conv 64 3 p1 s1 | maxpool 4 | repeat(10, conv 16 3 p1 | relu)",)
GOOD = ("3x64x64 | repeat(10, conv 4 3 p1 | relu)",)


def check(cx: Context) -> Iterator[Finding]:
    """The largest value."""
    rows = cx.analysis.rows
    if len(rows) < 10:
        return
    worst = max(rows, key=lambda row: row.output_bytes or 0)
    peak = cx.analysis.totals.inference_peak_bytes
    if 2 * (worst.output_bytes or 0) > peak:
        yield Finding(
            f"'{worst.node.path}' is {(worst.output_bytes or 0) / peak:.0%} of the peak of {peak:,} bytes",
            path=worst.node.path,
            span=worst.node.span,
        )
