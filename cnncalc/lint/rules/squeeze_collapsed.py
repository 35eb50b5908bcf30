"""A gate squeezes the channels into fewer than four.

What: A squeeze-and-excitation gate has a hidden layer that is hardly there.

Why: One to three numbers decide about all channels.

Condition: Before a product a sigmoid, and in the chain before it, behind a global pooling, a layer with fewer than 4
channels between more than 16.

Fix: A smaller reduction, or a lower limit such as max(c//16, 8).

Source: Hu et al., Squeeze-and-Excitation Networks (2018), section 6.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.lint.finding import Finding
from cnncalc.lint.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.graph import Node
    from cnncalc.lint.context import Context

RULE = Rule("CH005", "squeeze-collapsed", severity="info", confidence="likely", ops=("mul",), proof="narrow")
BAD = ("32x8x8 | mul(id, gap | conv 2 1 | relu | conv 32 1 | sigmoid)",)
GOOD = ("32x8x8 | mul(id, gap | conv 8 1 | relu | conv 32 1 | sigmoid)",)


def check(node: Node, cx: Context) -> Iterator[Finding]:
    """Walk back along the gate."""
    for i in node.inputs:
        at = cx.graph.nodes[i]
        if at.op not in ("sigmoid", "hardsigmoid"):
            continue
        narrow: Node | None = None
        while len(at.inputs) == 1 and at.op not in ("globalavgpool", "mean"):
            if at.op in ("conv", "linear") and cx.shape(at)[0] < 4:
                narrow = at
            at = cx.before(at)
        if narrow is not None and at.op in ("globalavgpool", "mean") and cx.shape(node)[0] > 16:
            yield Finding(
                f"{cx.shape(node)[0]} channels are gated by {cx.shape(narrow)[0]} numbers",
                path=narrow.path,
                span=narrow.span,
            )
