"""The size of the output is no whole number before rounding.

What: The formula (size + padding - window)/stride + 1 gives a fraction, which is rounded.

Why: In courses a convolution with such a size counts as badly designed: the windows do not tile the padded input.

Condition: The exact size is no whole number on some axis, whether real rows or only padding are lost.

Fix: Another input size, padding, window or stride: `cnncalc explain SPEC LAYER --why N` lists those that give N.

Source: Stanford CS231n, lecture 5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.lint.finding import Finding
from cnncalc.lint.rule import TEACHING, WINDOWS, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.graph import Node
    from cnncalc.lint.context import Context

RULE = Rule("FT003", "fractional-size", severity="warning", presets=TEACHING, ops=WINDOWS, proof="fractional")
BAD = (
    "1x7x7 | conv 4 3 s3",
    "3x224x224 | conv 64 7 s2 p3",
)
GOOD = ("1x7x7 | conv 4 3 s2",)


def check(node: Node, cx: Context) -> Iterator[Finding]:
    """The first axis with a fraction."""
    row = cx.rows.get(node.index)
    for axis, fit in enumerate(row.fits if row else ()):
        if fit.exact.denominator != 1:
            yield Finding(
                f"the exact size on axis {axis} is {fit.exact} = {float(fit.exact):.2f}, used is {fit.out}",
                data={"exact": str(fit.exact), "out": fit.out, "lost": fit.lost, "lost_real": fit.lost_real},
            )
            return
