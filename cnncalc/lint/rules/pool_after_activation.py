"""Max-pooling after a rising activation could stand before it.

What: relu before a maximum computes what relu after it computes, on more positions.

Why: The activation runs on s*s times as many numbers.

Condition: maxpool alone reads an activation that never falls.

Fix: Swap the two: the outputs are equal to the bit.

Source: max(f(a), f(b)) = f(max(a, b)) for rising f.
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
    "AC005",
    "pool-after-activation",
    severity="info",
    presets=PEDANTIC,
    everywhere=True,
    fix="safe",
    ops=("maxpool",),
    proof="same-output",
)
BAD = ("3x8x8 | conv 4 3 | relu | maxpool 2 | conv 4 3",)
GOOD = ("3x8x8 | conv 4 3 | maxpool 2 | relu | conv 4 3",)


RISING = ("relu", "relu6", "leakyrelu", "sigmoid", "tanh", "hardtanh", "hardsigmoid", "softplus", "elu", "selu", "celu")


def check(node: Node, cx: Context) -> Iterator[Finding]:
    """The activation before has no other reader."""
    before = cx.before(node)
    if before.op not in RISING or cx.sole_reader(before) is not node or cx.shape(node) == cx.shape(before):
        return
    if float(getattr(before.layer, "negative_slope", 0)) < 0 or getattr(before.layer, "inplace", False):
        return
    many, few = prod(cx.shape(before)), prod(cx.shape(node))
    edits = cx.edit.swap(before, node)
    yield Finding(
        f"{before.op} works on {many:,} numbers, behind the pooling on {few:,}",
        fixes=(Fix("swap them", edits, safe=True),) if edits else (),
    )
