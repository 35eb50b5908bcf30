"""On average a window sees more padding than input.

What: The map is so small, or the window so wide, that most of what the windows cover is zeros.

Why: Most of the multiplications are with zero, and the statistics of the outputs depend on the place.

Condition: The mean share of taps on real pixels, over all positions, is below one half; no tap is wholly dead (see
dead-kernel-taps).

Fix: A smaller window or dilation, or less striding before it.

Source: Chen et al., DeepLabv3 (2017), section 3.3.
"""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING

from cnncalc.layers.base import shown
from cnncalc.lint.finding import Finding
from cnncalc.lint.rule import CONVS, Rule
from cnncalc.lint.taps import live_taps, real_taps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.graph import Node
    from cnncalc.lint.context import Context

RULE = Rule("FT006", "mostly-padding-window", severity="info", ops=(*CONVS, "local", "tiled"), proof="padding-share")
BAD = ("8x3x3 | conv 8 5 p2",)
GOOD = ("8x9x9 | conv 8 3 p1",)


def check(node: Node, cx: Context) -> Iterator[Finding]:
    """One finding with the share of real pixels."""
    shares = []
    for window, size, out in zip(cx.windows(node), cx.entering(node)[1:], cx.shape(node)[1:], strict=False):
        if live_taps(window, size, out) != window.kernel:
            return
        shares.append(Fraction(real_taps(window, size, out), window.kernel * out))
    share = prod(shares)
    if shares and share < Fraction(1, 2):
        yield Finding(
            f"only {float(100 * share):.0f} % of what the windows cover is input, the rest is padding",
            help=f"the input here is {shown(cx.entering(node)[1:])}",
            data={"real_percent": round(float(100 * share), 1)},
        )
