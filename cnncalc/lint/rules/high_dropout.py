"""Dropout drops more than half.

What: The probability is above one half.

Why: More is lost than kept.

Condition: p > 0.5.

Fix: At most 0.5.

Source: Srivastava et al., Dropout (2014), section 7.3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.lint.finding import Finding
from cnncalc.lint.rule import DROPOUTS, PEDANTIC, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.graph import Node
    from cnncalc.lint.context import Context

RULE = Rule(
    "RG004", "high-dropout", severity="info", confidence="opinion", presets=PEDANTIC, ops=DROPOUTS, proof="mostly-zeros"
)
BAD = ("16 | linear 32 | relu | dropout 0.8 | linear 10",)
GOOD = ("16 | linear 32 | relu | dropout 0.5 | linear 10",)


def check(node: Node, cx: Context) -> Iterator[Finding]:
    """The probability."""
    p = float(getattr(node.layer, "p", 0))
    if p > 0.5:
        yield Finding(f"dropout with probability {p:g}", span=cx.edit.place(node, "p"))
