"""A value is merged with itself.

What: Two operands of a merge are the same value.

Why: x + x is 2x and max(x, x) is x: the layer does nothing that a constant could not, or doubles channels that are
equal.

Condition: One node is an operand twice. `mul(x, x)`, a square, is exempt.

Fix: Give the second operand the branch that was meant.

Source: Arithmetic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.lint.finding import Finding
from cnncalc.lint.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.graph import Node
    from cnncalc.lint.context import Context

RULE = Rule("GR006", "self-merge", ops=("add", "concat", "maximum", "minimum"), fix="unsafe", proof="equal-branches")
BAD = (
    "3x8x8 | add(id, id)",
    "3x8x8 | conv 4 3 | concat(id, id)",
)
GOOD = ("3x8x8 | add(id, conv 3 3 p1)",)


def check(node: Node, cx: Context) -> Iterator[Finding]:
    """Operands that are equal."""
    if len(set(node.inputs)) < len(node.inputs):
        twice = next(i for i in node.inputs if node.inputs.count(i) > 1)
        yield Finding(f"'{cx.graph.nodes[twice].path}' is an operand of {node.op} {node.inputs.count(twice)} times")
