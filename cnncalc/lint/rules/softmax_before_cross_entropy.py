"""A softmax stands before a loss that has one of its own.

What: The loss is the cross entropy of logits, and the network already ends with a softmax.

Why: The loss cannot fall below -log(e / (e + C - 1)): 1.461 for 10 classes, 5.909 for 1000.

Condition: `task: {loss: cross_entropy}` and an output is a softmax.

Fix: Delete the softmax; take it outside of the network for predictions.

Source: torch.nn.CrossEntropyLoss: expects unnormalised logits.
"""

from __future__ import annotations

from math import e, log
from typing import TYPE_CHECKING

from cnncalc.lint.finding import Finding, Fix
from cnncalc.lint.rule import VIEWS, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.lint.context import Context

RULE = Rule("HD001", "softmax-before-cross-entropy", severity="error", needs="loss", fix="safe", proof="loss-floor")
BAD = ("cnncalc: 1\ninput: 16\ntask: {loss: cross_entropy}\nlayers:\n  - linear 10\n  - softmax\n",)
GOOD = ("cnncalc: 1\ninput: 16\ntask: {loss: cross_entropy}\nlayers:\n  - linear 10\n",)


def check(cx: Context) -> Iterator[Finding]:
    """Outputs that are probabilities."""
    if cx.declared.get("loss") != "cross_entropy":
        return
    for node in cx.heads(VIEWS):
        if node.op == "softmax":
            classes = cx.shape(node)[0]
            edit = cx.edit.delete(node)
            yield Finding(
                f"softmax before cross entropy: the loss cannot fall below {log(1 + (classes - 1) / e):.3f} with {classes} classes",
                path=node.path, span=node.span, fixes=(Fix("delete the softmax", (edit,), safe=True),) if edit else (),
            )  # fmt: skip
