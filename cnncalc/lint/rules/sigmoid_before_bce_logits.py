"""A sigmoid stands before a loss that has one of its own.

What: The loss is the binary cross entropy of logits, and the network already ends with a sigmoid.

Why: The loss sees values between 0.5 and 0.73 for every input.

Condition: `task: {loss: bce_with_logits}` and an output is a sigmoid.

Fix: Delete the sigmoid.

Source: torch.nn.BCEWithLogitsLoss.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.lint.finding import Finding, Fix
from cnncalc.lint.rule import VIEWS, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.lint.context import Context

RULE = Rule("HD002", "sigmoid-before-bce-logits", severity="error", needs="loss", fix="safe", proof="bounded")
BAD = ("cnncalc: 1\ninput: 16\ntask: {loss: bce_with_logits}\nlayers:\n  - linear 1\n  - sigmoid\n",)
GOOD = ("cnncalc: 1\ninput: 16\ntask: {loss: bce_with_logits}\nlayers:\n  - linear 1\n",)


def check(cx: Context) -> Iterator[Finding]:
    """Outputs that are probabilities."""
    if cx.declared.get("loss") != "bce_with_logits":
        return
    for node in cx.heads(VIEWS):
        if node.op == "sigmoid":
            edit = cx.edit.delete(node)
            yield Finding(
                "sigmoid before a loss on logits", path=node.path, span=node.span,
                fixes=(Fix("delete the sigmoid", (edit,), safe=True),) if edit else (),
            )  # fmt: skip
