"""Gradients vanish in a chain of saturating activations.

What: Five or more sigmoids, or eight or more tanhs, follow each other without normalisation or a skip.

Why: Each multiplies the gradient by at most 1/4, or by less than 1: at the first layer almost nothing is left.

Condition: Counted along a path since the last normalisation, sum, product or concatenation.

Fix: relu or its relatives, normalisation, or skips.

Source: Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks (2010).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.lint.finding import Finding
from cnncalc.lint.rule import MERGES, NORMS, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.lint.context import Context

RULE = Rule("AC003", "saturating-trunk", confidence="likely", proof="vanishing")
BAD = ("3x32x32 | repeat(5, conv 8 3 p1 | sigmoid) | conv 8 3",)
GOOD = (
    "3x32x32 | repeat(5, conv 8 3 p1 | relu) | conv 8 3",
    "3x32x32 | repeat(5, conv 8 3 p1 nobias | bn | sigmoid) | conv 8 3",
)


LIMITS = {"sigmoid": 5, "tanh": 8}


def check(cx: Context) -> Iterator[Finding]:
    """The first activation of each kind that is one too many."""
    counts: list[dict[str, int]] = []
    reported: set[str] = set()
    for node in cx.graph.nodes:
        if not node.inputs or node.op in (*NORMS, *MERGES):
            counts.append(dict.fromkeys(LIMITS, 0))
            continue
        own = dict(counts[node.inputs[0]])
        if node.op in own:
            own[node.op] += 1
            if own[node.op] >= LIMITS[node.op] and node.op not in reported:
                reported.add(node.op)
                yield Finding(
                    f"this is {node.op} number {own[node.op]} in a row without normalisation or a skip",
                    path=node.path,
                    span=node.span,
                )
        counts.append(own)
