"""Sizes that differ are added by repeating the smaller one.

What: An operand has size 1 on an axis where the other has more, and PyTorch repeats it without a word.

Why: Often a pooled or squeezed value meets a map by mistake. For products this is how gates work, and exempt.

Condition: The operands' shapes differ, and the merge is a sum, difference, maximum or minimum.

Fix: Bring the branches to one size; say so with a named upsampling where it is meant.

Source: PyTorch: broadcasting semantics.
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

RULE = Rule("SH009", "implicit-broadcast-add", ops=("add", "sub", "maximum", "minimum"), proof="broadcast")
BAD = ("3x8x8 | add(conv 4 3 p1, conv 4 3 p1 | gap)",)
GOOD = (
    "3x8x8 | add(conv 4 3 p1, conv 4 5 p2)",
    "3x8x8 | conv 8 1 | mul(id, gap | sigmoid)",
)


def check(node: Node, cx: Context) -> Iterator[Finding]:
    """Operands of every sample of different shapes; what exists once per network is meant to be repeated."""
    shapes = [cx.shape(value) for i in node.inputs if (value := cx.graph.nodes[i]).times]
    if len(set(shapes)) > 1:
        yield Finding(
            f"{node.op} repeats the smaller operand: {', '.join(map(shown, shapes))}",
            data={"shapes": [list(s) for s in shapes]},
        )
