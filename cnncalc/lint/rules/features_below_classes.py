"""Fewer features than classes: the scores cannot be independent.

What: The last linear layer gets fewer features than it gives scores, less one.

Why: The matrix of scores has at most the rank of the features.

Condition: The layer leads to an output and in < out - 1.

Fix: Wider features, where classes are confused.

Source: Linear algebra; Yang et al., Breaking the Softmax Bottleneck (2017).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.lint.finding import Finding
from cnncalc.lint.rule import PEDANTIC, VIEWS, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.graph import Node
    from cnncalc.lint.context import Context

RULE = Rule("HD009", "features-below-classes", severity="info", presets=PEDANTIC, ops=("linear",), proof="rank")
BAD = ("16 | linear 100",)
GOOD = ("16 | linear 10",)


def check(node: Node, cx: Context) -> Iterator[Finding]:
    """Features and scores of the last layer."""
    if any(head.index == node.index for head in cx.heads((*VIEWS, "softmax", "logsoftmax"))):
        entering, out = cx.entering(node)[-1], cx.shape(node)[-1]
        if entering < out - 1:
            yield Finding(f"{out} scores come from {entering} features: their rank is at most {entering}")
