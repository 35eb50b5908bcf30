"""Batch normalisation would train on one value per channel.

What: With the declared batch there is a single value per channel to take mean and variance of.

Why: PyTorch raises in training: expected more than 1 value per channel.

Condition: batch * positions is 1, for the batch of `task: {batch: 1}` or `--batch`.

Fix: A larger batch, group normalisation, or no normalisation after global pooling.

Source: PyTorch; DeepLabv3 implementations with batch 1.
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
    "SH015", "batchnorm-single-value", severity="error", needs="batch", ops=("batchnorm",), proof="raises-training"
)
BAD = (
    "cnncalc: 1\ninput: 3x8x8\ntask: {batch: 1}\nlayers:\n  - conv 4 3 nobias\n  - gap\n  - bn\n  - relu\n  - conv 4 1\n",
)
GOOD = (
    "cnncalc: 1\ninput: 3x8x8\ntask: {batch: 32}\nlayers:\n  - conv 4 3 nobias\n  - gap\n  - bn\n  - relu\n  - conv 4 1\n",
)


def check(node: Node, cx: Context) -> Iterator[Finding]:
    """One value per channel."""
    if cx.batch is not None and cx.batch * prod(cx.shape(node)[1:]) == 1:
        yield Finding(
            f"with batch {cx.batch} there is one value per channel: {shown(cx.shape(node))}",
            help="PyTorch raises in training",
        )
