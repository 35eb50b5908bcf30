"""A convolution widens the channels more than eightfold.

What: One layer makes more than eight times as many channels as it gets, outside of the stem.

Why: Most of the new channels are combinations of few.

Condition: out / in > 8, for an input of more than 4 channels that is not a gate.

Fix: Widen in steps.

Source: Szegedy et al., Rethinking the Inception Architecture (2015), section 2.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from cnncalc.lint.finding import Finding
from cnncalc.lint.rule import PEDANTIC, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.graph import Node
    from cnncalc.lint.context import Context

RULE = Rule(
    "CH006", "width-jump", severity="info", confidence="opinion", presets=PEDANTIC, ops=("conv",), proof="narrow"
)
BAD = ("8x8x8 | conv 128 3",)
GOOD = ("8x8x8 | conv 32 3",)


def check(node: Node, cx: Context) -> Iterator[Finding]:
    """The ratio of the channels."""
    entering, out = cx.entering(node)[0], cx.shape(node)[0]
    if entering > 4 and out > 8 * entering and prod(cx.shape(node)[1:]) > 1:
        yield Finding(f"{entering} channels become {out}", span=cx.edit.place(node, "out_channels"))
