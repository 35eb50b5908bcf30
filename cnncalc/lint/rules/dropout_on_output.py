"""Dropout is the last layer.

What: Dropout zeroes outputs of the network in training.

Why: The loss sees random zeros in place of scores.

Condition: Dropout with p > 0 behind the last weighted layer.

Fix: Put it before the last weighted layer.

Source: Srivastava et al., Dropout (2014).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.lint.finding import Finding, Fix
from cnncalc.lint.rule import DROPOUTS, VIEWS, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.lint.context import Context

RULE = Rule("RG003", "dropout-on-output", confidence="likely", fix="unsafe", proof="zeroed-output")
BAD = ("16 | linear 10 | dropout 0.5",)
GOOD = ("16 | dropout 0.5 | linear 10",)


def check(cx: Context) -> Iterator[Finding]:
    """Outputs that are dropped."""
    for node in cx.heads((*VIEWS, "softmax", "logsoftmax")):
        if node.op in DROPOUTS and float(getattr(node.layer, "p", 0)):
            edit = cx.edit.delete(node)
            yield Finding(
                f"dropout {float(getattr(node.layer, 'p', 0)):g} on the output", path=node.path, span=node.span,
                fixes=(Fix("delete it", (edit,)),) if edit else (),
            )  # fmt: skip
