"""Two layers in a row are one: no activation stands between them.

What: A dense convolution or linear layer follows another with nothing but normalisation or dropout between.

Why: The composition of two affine maps is one: a single layer with a larger window, or a product of two matrices,
computes the same.

Condition: Both without groups, square windows, the channels between at least min(in, out), so that no rank is
reduced; the first has one reader. Pairs of 1xN and Nx1 windows and narrowing 1x1 windows are exempt.

Fix: An activation between them, or one layer in place of two.

Source: Goodfellow, Bengio and Courville, Deep Learning (2016), section 6.1.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from cnncalc.diagnostics import Note
from cnncalc.lint.finding import Finding, Fix
from cnncalc.lint.rule import BATCH_NORMS, DROPOUTS, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.graph import Node
    from cnncalc.lint.context import Context

RULE = Rule("AC001", "linear-chain", ops=("conv", "linear"), fix="unsafe", proof="affine")
BAD = (
    "3x16x16 | conv 8 3 | conv 8 3",
    "16 | linear 32 | linear 10",
)
GOOD = (
    "3x16x16 | conv 8 3 | relu | conv 8 3",
    "3x16x16 | conv 64 3 | relu | conv 8 1 | conv 64 3",
)


THROUGH = (*BATCH_NORMS, *DROPOUTS, "identity", "flatten")


def check(node: Node, cx: Context) -> Iterator[Finding]:
    """The affine layer before, if only affine layers stand between."""
    before = cx.source(node, THROUGH)
    if (
        before.op not in ("conv", "linear")
        or cx.sole_reader(before) is None
        or not _dense(before, cx)
        or not _dense(node, cx)
    ):
        return
    if before.weights != before.index or node.weights != node.index:
        return
    entering, between, out = (prod(cx.entering(before)), prod(cx.shape(before)), prod(cx.shape(node)))
    if before.op == node.op == "conv":
        entering, between, out = cx.entering(before)[0], cx.shape(before)[0], cx.shape(node)[0]
    if between < min(entering, out):
        return
    edit = cx.edit.insert_after(before, "relu") if cx.before(node).index == before.index else None
    yield Finding(
        f"no activation stands between '{before.path}' and '{node.path}': together they are one affine map ({entering} to {between} to {out})",
        notes=(Note("the first is here", before.span),),
        help="an activation between them, or one layer",
        fixes=(Fix("relu behind the first", (edit,)),) if edit else (),
        data={"in": entering, "between": between, "out": out},
    )


def _dense(node: Node, cx: Context) -> bool:
    if node.op == "linear":
        return True
    return getattr(node.layer, "groups", 1) == 1 and len({window.kernel for window in cx.windows(node)}) == 1
