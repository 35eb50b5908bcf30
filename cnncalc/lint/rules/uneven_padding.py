"""Only one side's padding is used.

What: The stride leaves padding at the far edge over: windows see padding at one side and none at the other.

Why: Filters learn lopsided weights, and feature maps get blind spots; networks trained at sizes that fit evenly were
more accurate.

Condition: stride > 1 and 0 < (size + padding - window) mod stride <= padding at the far edge.

Fix: An input one larger (225 in place of 224 for ResNet), or padding at the near edge alone.

Source: Alsallakh et al., Mind the Pad (2020), arXiv 2010.02178.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.lint.finding import Finding
from cnncalc.lint.rule import PEDANTIC, WINDOWS, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.graph import Node
    from cnncalc.lint.context import Context

RULE = Rule(
    "FT002",
    "uneven-padding",
    severity="info",
    confidence="likely",
    presets=PEDANTIC,
    ops=WINDOWS,
    proof="uneven-padding",
)
BAD = ("3x224x224 | conv 64 7 s2 p3",)
GOOD = ("3x225x225 | conv 64 7 s2 p3",)


def check(node: Node, cx: Context) -> Iterator[Finding]:
    """The first axis on which padding is left over."""
    row = cx.rows.get(node.index)
    for axis, fit in enumerate(row.fits if row else ()):
        if fit.lost and not fit.lost_real:
            window = cx.windows(node)[axis]
            used = window.end - fit.lost
            yield Finding(
                f"of the padding {window.begin} + {window.end} only {window.begin} + {used} is used: q = {fit.exact} on axis {axis}",
                help=f"{window.stride - fit.lost} more rows of input would use all of it",
                data={"exact": str(fit.exact), "axis": axis},
            )
            return
