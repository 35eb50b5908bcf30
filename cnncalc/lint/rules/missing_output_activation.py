"""A loss on probabilities gets raw scores.

What: The loss expects probabilities, or their logarithms, and the network ends with a linear layer.

Why: The loss is meaningless or not a number.

Condition: `task: {loss: bce}` without a sigmoid or softmax at the output, or `loss: nll` without a logsoftmax.

Fix: Add the activation, or take the loss on logits.

Source: torch.nn.BCELoss, torch.nn.NLLLoss.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.lint.finding import Finding
from cnncalc.lint.rule import VIEWS, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.lint.context import Context

RULE = Rule("HD005", "missing-output-activation", severity="error", needs="loss", proof="unbounded")
BAD = (
    "cnncalc: 1\ninput: 16\ntask: {loss: bce}\nlayers:\n  - linear 1\n",
    "cnncalc: 1\ninput: 16\ntask: {loss: nll}\nlayers:\n  - linear 10\n",
)
GOOD = (
    "cnncalc: 1\ninput: 16\ntask: {loss: bce}\nlayers:\n  - linear 1\n  - sigmoid\n",
    "cnncalc: 1\ninput: 16\ntask: {loss: nll}\nlayers:\n  - linear 10\n  - logsoftmax\n",
)


WANTED = {"bce": ("sigmoid", "softmax", "hardsigmoid"), "nll": ("logsoftmax",)}


def check(cx: Context) -> Iterator[Finding]:
    """What the outputs come from."""
    wanted = WANTED.get(str(cx.declared.get("loss")))
    for node in cx.heads(VIEWS):
        if wanted and node.op not in wanted:
            yield Finding(
                f"the loss {cx.declared.get('loss')} needs {' or '.join(wanted[:2])} at the output, not {node.op}",
                path=node.path,
                span=node.span,
            )
