"""The network's output is normalised.

What: Batch normalisation is the last layer.

Why: Outputs cannot grow: logits have a fixed spread, regression targets are missed, and other samples of the batch
change the result in training.

Condition: An output of the network is a batch or instance normalisation of a list of features.

Fix: Delete it.

Source: Ioffe and Szegedy (2015).
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from cnncalc.lint.finding import Finding
from cnncalc.lint.rule import BATCH_NORMS, VIEWS, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.lint.context import Context

RULE = Rule("NM005", "norm-at-output", confidence="likely", proof="bounded")
BAD = ("16 | linear 10 nobias | bn",)
GOOD = ("16 | linear 32 nobias | bn | relu | linear 10",)


def check(cx: Context) -> Iterator[Finding]:
    """Outputs that are normalised lists."""
    for node in cx.heads(VIEWS):
        if node.op in BATCH_NORMS and prod(cx.shape(node)[1:]) == 1:
            yield Finding(f"{node.op} is the last layer", path=node.path, span=node.span)
