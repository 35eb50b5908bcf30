"""Normalisation stands behind the activation.

What: Batch normalisation follows an activation instead of preceding it.

Why: The activation sees values that are not centred; which order is better is disputed.

Condition: The layer before is an activation.

Fix: Swap them.

Source: Ioffe and Szegedy (2015), section 3.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.lint.finding import Finding
from cnncalc.lint.rule import ACTIVATIONS, BATCH_NORMS, PEDANTIC, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.graph import Node
    from cnncalc.lint.context import Context

RULE = Rule(
    "NM006",
    "norm-after-activation",
    severity="info",
    confidence="opinion",
    presets=PEDANTIC,
    ops=BATCH_NORMS,
    proof="not-centred",
)
BAD = ("3x8x8 | conv 4 3 | relu | bn",)
GOOD = ("3x8x8 | conv 4 3 nobias | bn | relu",)


def check(node: Node, cx: Context) -> Iterator[Finding]:
    """The layer before is an activation."""
    if cx.before(node).op in ACTIVATIONS:
        yield Finding(f"{node.op} follows {cx.before(node).op}")
