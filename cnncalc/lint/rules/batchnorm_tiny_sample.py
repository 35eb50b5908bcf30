"""Batch normalisation takes its statistics from a handful of values.

What: With the declared batch, mean and variance of a channel come from fewer than 16 values.

Why: They are noise; with two values the outputs are exactly plus and minus one.

Condition: 1 < batch * positions < 16, for the batch of `task: {batch: 2}` or `--batch`.

Fix: Group normalisation, a larger batch, or normalisation before the pooling.

Source: Wu and He, Group Normalization (2018), figure 1.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from cnncalc.layers.base import shown
from cnncalc.lint.finding import Finding
from cnncalc.lint.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.graph import Node
    from cnncalc.lint.context import Context

RULE = Rule(
    "NM004", "batchnorm-tiny-sample", confidence="likely", needs="batch", ops=("batchnorm",), proof="tiny-sample"
)
BAD = (
    "cnncalc: 1\ninput: 3x8x8\ntask: {batch: 2}\nlayers:\n  - conv 4 3 nobias\n  - gap\n  - bn\n  - relu\n  - conv 4 1\n",
)
GOOD = (
    "cnncalc: 1\ninput: 3x8x8\ntask: {batch: 32}\nlayers:\n  - conv 4 3 nobias\n  - gap\n  - bn\n  - relu\n  - conv 4 1\n",
)


def check(node: Node, cx: Context) -> Iterator[Finding]:
    """Few values per channel."""
    values = (cx.batch or 0) * prod(cx.shape(node)[1:])
    if 1 < values < 16:
        yield Finding(
            f"the statistics of a channel come from {values} values: batch {cx.batch}, {shown(cx.shape(node))}",
            data={"values": values},
        )
