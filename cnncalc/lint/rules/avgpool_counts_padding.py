"""Average pooling counts its padding as pixels.

What: At the border the mean is taken over real pixels and zeros.

Why: Borders get darker: of a map of ones a 3x3 window with padding 1 makes 0.44 in the corners and 0.67 at the edges.

Condition: avgpool with padding and without the word `exclude`.

Fix: The word `exclude`.

Source: torch.nn.AvgPool2d, count_include_pad.
"""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING

from cnncalc.lint.finding import Finding, Fix
from cnncalc.lint.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.graph import Node
    from cnncalc.lint.context import Context

RULE = Rule("FT011", "avgpool-counts-padding", severity="info", ops=("avgpool",), fix="unsafe", proof="border")
BAD = ("3x8x8 | avgpool 3 s1 p1",)
GOOD = (
    "3x8x8 | avgpool 3 s1 p1 exclude",
    "3x8x8 | avgpool 2",
)


def check(node: Node, cx: Context) -> Iterator[Finding]:
    """Any padding that counts."""
    windows = cx.windows(node)
    if not any(window.begin > 0 for window in windows) or not getattr(node.layer, "count_include_pad", False):
        return
    corner = prod(Fraction(window.kernel - window.begin, window.kernel) for window in windows)
    edit = cx.edit.append(node, "exclude")
    yield Finding(
        f"padding counts into the mean: a corner of ones becomes {float(corner):.2f}",
        help="the word exclude takes the mean of the real pixels",
        data={"corner": str(corner)},
        fixes=(Fix("leave the padding out of the mean", (edit,)),) if edit else (),
    )
