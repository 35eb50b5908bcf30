"""Pooling follows pooling.

What: Nothing is learned between two poolings.

Why: One pooling with a larger stride does the same; two lose resolution twice at once.

Condition: Only point-wise layers stand between, and both have a stride above 1.

Fix: One of them, or a convolution between.

Source: Richter et al. (2021), arXiv 2107.02279.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.diagnostics import Note
from cnncalc.lint.finding import Finding
from cnncalc.lint.rule import ACTIVATIONS, BATCH_NORMS, DROPOUTS, POOLS, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.graph import Node
    from cnncalc.lint.context import Context

RULE = Rule("AC006", "repeated-pooling", severity="info", confidence="opinion", ops=POOLS, proof="no-weights")
BAD = ("3x32x32 | conv 8 3 | maxpool 2 | relu | maxpool 2",)
GOOD = ("3x32x32 | conv 8 3 p1 | maxpool 2 | conv 8 3 p1 | maxpool 2",)


def check(node: Node, cx: Context) -> Iterator[Finding]:
    """The pooling before."""
    before = cx.source(node, (*ACTIVATIONS, *BATCH_NORMS, *DROPOUTS))
    strided = all(any(w.stride > 1 for w in cx.windows(n)) for n in (node, before) if n.op in POOLS)
    if before.op in POOLS and strided:
        yield Finding(
            f"{node.op} follows {before.op} with nothing learned between",
            notes=(Note("the first is here", before.span),),
        )
