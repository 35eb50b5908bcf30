"""A 1x1 convolution behind an upsampling could stand before it.

What: Nearest or linear upsampling and a 1x1 convolution commute.

Why: The convolution computes s*s times as much as it must.

Condition: A 1x1 convolution with stride 1 and no padding alone reads the upsampling.

Fix: Swap them: outputs are equal but for rounding.

Source: Linearity.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from cnncalc.lint.finding import Finding, Fix
from cnncalc.lint.rule import PEDANTIC, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.graph import Node
    from cnncalc.lint.context import Context

RULE = Rule(
    "UP004",
    "upsample-before-pointwise",
    severity="info",
    presets=PEDANTIC,
    ops=("conv",),
    everywhere=True,
    fix="safe",
    proof="same-output",
)
BAD = ("16x8x8 | upsample 2 | conv 4 1",)
GOOD = ("16x8x8 | conv 4 1 | upsample 2",)


def check(node: Node, cx: Context) -> Iterator[Finding]:
    """The upsampling before."""
    before = cx.before(node)
    plain = all((w.kernel, w.stride, w.begin, w.end) == (1, 1, 0, 0) for w in cx.windows(node))
    mode = getattr(before.layer, "mode", "")
    if before.op != "upsample" or not plain or mode == "bicubic" or cx.sole_reader(before) is not node:
        return
    factor = prod(cx.shape(before)[1:]) / max(1, prod(cx.entering(before)[1:]))
    edits = cx.edit.swap(before, node)
    yield Finding(
        f"behind the upsampling the convolution computes {factor:g} times as much",
        fixes=(Fix("swap them", edits, safe=True),) if edits else (),
    )
