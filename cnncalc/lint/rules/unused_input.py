"""An input of the network is never read.

What: The network declares an input on which no output depends.

Why: Callers must give a tensor that has no effect.

Condition: No path leads from the input to an output.

Fix: Remove the input, or use it.

Source: Graph reachability.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.lint.finding import Finding
from cnncalc.lint.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.lint.context import Context

RULE = Rule("GR005", "unused-input", proof="no-gradient")
BAD = ("cnncalc: 1\ninputs: {a: 3x8x8, b: 3x8x8}\nlayers:\n  - from a | conv 4 3\n",)
GOOD = ("cnncalc: 1\ninputs: {a: 3x8x8, b: 3x8x8}\nlayers:\n  - add(from a, from b)\n  - conv 4 3\n",)


def check(cx: Context) -> Iterator[Finding]:
    """Every input from which no path leads to an output."""
    reached = set(cx.graph.outputs)
    for node in reversed(cx.graph.nodes):
        if node.index in reached:
            reached.update(node.inputs)
    for node in cx.graph.inputs:
        if node.index not in reached and len(cx.graph.nodes) > 1:
            yield Finding(
                f"no output depends on the input '{node.path}'",
                path=node.path,
                span=cx.spec.spans.get(f"inputs.{node.path}", node.span),
            )
