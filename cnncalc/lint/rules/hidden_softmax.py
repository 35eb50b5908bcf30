"""A softmax stands inside the network.

What: A softmax is not the last layer, and what it gives is no weight of a product.

Why: Its outputs are small, sum to 1 and saturate: gradients through it are tiny.

Condition: The value does not leave the network and does not reach a product through views, nor is it the weight of a layer.

Fix: Delete it, or use another activation.

Source: Zhang et al., An Empirical Study on TensorFlow Program Bugs (2018).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.lint.finding import Finding, Fix
from cnncalc.lint.rule import DROPOUTS, VIEWS, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.graph import Node
    from cnncalc.lint.context import Context

RULE = Rule(
    "AC004", "hidden-softmax", confidence="likely", ops=("softmax", "logsoftmax"), fix="unsafe", proof="bounded"
)
BAD = ("16 | linear 32 | softmax | linear 10",)
GOOD = (
    "16 | linear 32 | relu | linear 10 | softmax",
    "3x8x8; k = gap | flatten | linear 2*27 | reshape 2x27 | softmax | reshape 2x3x3x3; from input | conv 2 3 weight=k",
)


def check(node: Node, cx: Context) -> Iterator[Finding]:
    """Follow the value through views."""
    waiting, seen = [node.index], 0
    while waiting and seen < 50:
        i, seen = waiting.pop(), seen + 1
        if i in cx.outputs:
            return
        for reader in cx.readers[i]:
            other = cx.graph.nodes[reader]
            op, arity = other.op, other.layer.arity
            if op in ("mul", "matmul", "sdpa", "einsum") or (arity is not None and i in other.inputs[arity:]):
                return
            if op in (*VIEWS, *DROPOUTS, "upsample", "resize", "slice", "split", "chunk"):
                waiting.append(reader)
    edit = cx.edit.delete(node)
    yield Finding(f"{node.op} inside the network", fixes=(Fix("delete it", (edit,)),) if edit else ())
