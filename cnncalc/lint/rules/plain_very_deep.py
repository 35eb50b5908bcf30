"""A very deep network has no skips.

What: Twenty or more weighted layers follow each other, and no branch leads around any of them.

Why: Plain networks of this depth train worse than shallower ones.

Condition: The longest chain of weighted layers to an output has at least 20, and the network has neither a sum nor a
concatenation.

Fix: Residual or dense connections.

Source: He et al., Deep Residual Learning (2015), figure 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.lint.finding import Finding
from cnncalc.lint.rule import WEIGHTED, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.lint.context import Context

RULE = Rule("AC007", "plain-very-deep", severity="info", confidence="likely", proof="no-skips")
BAD = ("3x32x32 | repeat(20, conv 8 3 p1 | relu)",)
GOOD = ("3x32x32 | conv 8 3 p1 | relu | repeat(20, add(conv 8 3 p1 | relu, id))",)


def check(cx: Context) -> Iterator[Finding]:
    """Count along the longest path."""
    if any(node.op in ("add", "concat", "mul") for node in cx.graph.nodes):
        return
    depth: list[int] = []
    for node in cx.graph.nodes:
        depth.append(max((depth[i] for i in node.inputs), default=0) + (node.op in WEIGHTED))
    for i in cx.graph.outputs:
        if depth[i] >= 20:
            node = cx.graph.nodes[i]
            yield Finding(f"{depth[i]} weighted layers without a skip", path=node.path, span=node.span)
