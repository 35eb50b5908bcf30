"""Scores are cut off before the loss.

What: A relu or its like is the last layer before cross entropy or softmax.

Why: Negative scores become 0 and get no gradient: about half of them at the start.

Condition: The last activation before an output with `task: {loss: cross_entropy}`, or before a softmax at the output,
is relu, relu6, gelu, silu or softplus.

Fix: Delete it.

Source: Schoop, Huang and Hartmann, UMLAUT (2021).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.lint.finding import Finding, Fix
from cnncalc.lint.rule import VIEWS, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.lint.context import Context

RULE = Rule("HD004", "clamped-logits", fix="unsafe", proof="clamped")
BAD = (
    "16 | linear 10 | relu | softmax",
    "cnncalc: 1\ninput: 16\ntask: {loss: cross_entropy}\nlayers:\n  - linear 10\n  - relu\n",
)
GOOD = (
    "16 | linear 10 | softmax",
    "cnncalc: 1\ninput: 16\ntask: {loss: cross_entropy}\nlayers:\n  - linear 10\n",
)


CUTTING = ("relu", "relu6", "gelu", "silu", "softplus", "hardswish")


def check(cx: Context) -> Iterator[Finding]:
    """The layer before the scores."""
    for head in cx.heads(VIEWS):
        last = head
        if head.op in ("softmax", "logsoftmax"):
            last = cx.before(head)
            while last.op in VIEWS and len(last.inputs) == 1:
                last = cx.before(last)
        elif cx.declared.get("loss") != "cross_entropy":
            continue
        if last.op in CUTTING:
            edit = cx.edit.delete(last)
            yield Finding(
                f"{last.op} cuts the scores off",
                path=last.path,
                span=last.span,
                fixes=(Fix("delete it", (edit,)),) if edit else (),
            )
