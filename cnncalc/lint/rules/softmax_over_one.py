"""A softmax over one number is always 1.

What: The axis of the softmax has size 1.

Why: The output is constant and the gradient zero: the network cannot learn.

Condition: The size of the axis is 1.

Fix: A sigmoid, or two outputs.

Source: Arithmetic: exp(x) / exp(x).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.layers.base import shown
from cnncalc.lint.finding import Finding
from cnncalc.lint.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.graph import Node
    from cnncalc.lint.context import Context

RULE = Rule("HD003", "softmax-over-one", severity="error", ops=("softmax", "logsoftmax"), proof="constant-output")
BAD = ("16 | linear 1 | softmax",)
GOOD = (
    "16 | linear 2 | softmax",
    "16 | linear 1 | sigmoid",
)


def check(node: Node, cx: Context) -> Iterator[Finding]:
    """The size of its axis."""
    dim = getattr(node.layer, "dim", 0)
    shape = cx.shape(node)
    if isinstance(dim, int) and -len(shape) <= dim < len(shape) and shape[dim] == 1:
        yield Finding(f"{node.op} over one number of {shown(shape)} is always {1 if node.op == 'softmax' else 0}")
