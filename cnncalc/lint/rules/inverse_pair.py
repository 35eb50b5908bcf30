"""Two neighbouring layers undo each other.

What: Nearest upsampling followed by pooling of the same factor, a permutation and its inverse, pixel shuffle and
unshuffle.

Why: The pair computes the identity.

Condition: The second layer alone reads the first, and is its inverse.

Fix: Delete both.

Source: Arithmetic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.diagnostics import Note
from cnncalc.lint.finding import Finding, Fix
from cnncalc.lint.rule import POOLS, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.graph import Node
    from cnncalc.lint.context import Context

RULE = Rule(
    "GR009",
    "inverse-pair",
    severity="info",
    everywhere=True,
    fix="unsafe",
    ops=("maxpool", "avgpool", "minpool", "permute", "transpose", "pixelshuffle", "pixelunshuffle"),
    proof="same-output",
)
BAD = (
    "3x8x8 | conv 4 3 | upsample 2 | maxpool 2 | relu",
    "4x6x6 | permute (1,2,0) | permute (2,0,1) | conv 4 3",
)
GOOD = ("3x8x8 | conv 4 3 | maxpool 2 | upsample 2 | relu",)


def check(node: Node, cx: Context) -> Iterator[Finding]:
    """The layer before undoes this one."""
    before = cx.before(node)
    if (
        not before.inputs
        or cx.sole_reader(before) is not node
        or cx.entering(before) != cx.shape(node)
        or not _inverse(before, node, cx)
    ):
        return
    edits = cx.edit.delete_pair(before, node)
    yield Finding(
        f"{node.op} undoes the {before.op} before it",
        notes=(Note("the other is here", before.span),),
        fixes=(Fix("delete both", edits),) if edits else (),
    )


def _inverse(first: Node, second: Node, cx: Context) -> bool:
    if first.op == "upsample" and second.op in POOLS:
        plain = all(w.kernel == w.stride and w.begin == w.end == 0 and w.dilation == 1 for w in cx.windows(second))
        return getattr(first.layer, "mode", "") == "nearest" and plain
    if {first.op, second.op} == {"pixelshuffle", "pixelunshuffle"}:
        return True
    if first.op == second.op == "permute":
        a, b = first.layer.reach(cx.entering(first)).order, second.layer.reach(cx.entering(second)).order
        return bool(a and b) and all((a or ())[(b or ())[i]] == i for i in range(len(a or ())))
    return first.op == second.op == "transpose" and first.layer == second.layer
