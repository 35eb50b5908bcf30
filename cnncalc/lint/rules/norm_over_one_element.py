"""A normalisation over one number gives a constant.

What: Each mean is taken over a single number: the number minus itself is 0.

Why: The output does not depend on the input; no gradient flows.

Condition: Group: (channels / groups) * positions is 1; layer: the normalised axes hold 1 number; instance: 1
position.

Fix: Fewer groups, or no normalisation on 1x1 maps.

Source: Wu and He, Group Normalization (2018).
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from cnncalc.layers.base import shown
from cnncalc.layers.layernorm import LayerNorm
from cnncalc.lint.finding import Finding
from cnncalc.lint.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.graph import Node
    from cnncalc.lint.context import Context

RULE = Rule(
    "NM003",
    "norm-over-one-element",
    severity="error",
    ops=("groupnorm", "layernorm", "instancenorm"),
    proof="constant-output",
)
BAD = (
    "16x1x1 | gn 16 | conv 4 1",
    "8x4x4 | gap | gn 8 | conv 4 1",
)
GOOD = ("16x1x1 | gn 4 | conv 4 1", "1x49x16 | ln last | linear 4 last")


def check(node: Node, cx: Context) -> Iterator[Finding]:
    """One number per mean."""
    shape = cx.shape(node)
    positions = prod(shape[1:])
    if node.op == "groupnorm":
        over = shape[0] // max(1, getattr(node.layer, "num_groups", 1)) * positions
    elif isinstance(node.layer, LayerNorm):
        over = prod(node.layer.normalised(shape))
    else:
        over = positions
    if over == 1:
        yield Finding(f"every mean of {node.op} is over one number of {shown(shape)}: the output is constant")
