"""Max-pooling undoes the dropout before it.

What: Dropout zeroes single values and the maximum over a window takes another one.

Why: A window is zero only if all of it was dropped: with p = 0.5 and 2x2 windows 0.5**4 = 6 % in place of 50 %.

Condition: maxpool alone reads an element-wise dropout with p > 0.

Fix: Dropout behind the pooling.

Source: Wu and Gu, Towards Dropout Training for Convolutional Neural Networks (2015).
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from cnncalc.diagnostics import Note
from cnncalc.lint.finding import Finding, Fix
from cnncalc.lint.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.graph import Node
    from cnncalc.lint.context import Context

RULE = Rule("RG002", "dropout-before-maxpool", ops=("maxpool",), fix="unsafe", proof="fewer-zeros")
BAD = ("3x8x8 | conv 4 3 | relu | dropout 0.5 | maxpool 2",)
GOOD = ("3x8x8 | conv 4 3 | relu | maxpool 2 | dropout 0.5 | conv 4 1",)


def check(node: Node, cx: Context) -> Iterator[Finding]:
    """The dropout before."""
    before = cx.before(node)
    p = float(getattr(before.layer, "p", 0))
    count = prod(window.kernel for window in cx.windows(node))
    if before.op not in ("dropout", "alphadropout") or not p or count < 2:
        return
    edits = cx.edit.swap(before, node)
    yield Finding(
        f"dropout {p:g} acts like {p**count:.2g} behind windows of {count}",
        notes=(Note("the dropout is here", before.span),),
        fixes=(Fix("dropout behind the pooling", edits),) if edits else (),
        data={"p": p, "effective": p**count},
    )
