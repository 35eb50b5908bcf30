"""One layer does a third of all work.

What: A layer has more than 30 % of the MACs and more than three times the median.

Why: Savings elsewhere hardly show.

Condition: As stated, in networks of at least five weighted layers.

Fix: Fewer channels, groups, or a stride before it.

Source: Arithmetic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.lint.finding import Finding
from cnncalc.lint.rule import PEDANTIC, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.lint.context import Context

RULE = Rule("CP002", "macs-hotspot", severity="info", presets=PEDANTIC, proof="share-of-macs")
BAD = (
    "3x32x32 | conv 64 7 p3 | relu | conv 256 7 p3 | relu | maxpool 2 | conv 16 1 | relu | conv 16 3 p1 | relu | conv 16 3 p1 | relu | conv 16 3 p1",
)
GOOD = ("3x32x32 | conv 8 3 p1 | relu | repeat(6, conv 8 3 p1 | relu)",)


def check(cx: Context) -> Iterator[Finding]:
    """The largest share."""
    rows = [row for row in cx.analysis.rows if row.macs]
    total = cx.analysis.totals.macs
    if len(rows) < 5 or not total:
        return
    counts = sorted(row.macs or 0 for row in rows)
    worst = max(rows, key=lambda row: row.macs or 0)
    if (worst.macs or 0) > 0.3 * total and (worst.macs or 0) > 3 * counts[len(counts) // 2]:
        yield Finding(
            f"'{worst.node.path}' has {(worst.macs or 0) / total:.0%} of the MACs",
            path=worst.node.path,
            span=worst.node.span,
        )
