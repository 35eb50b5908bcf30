"""A bias stands before a normalisation that takes it away again.

What: A convolution or linear layer has a bias, and everything that reads it subtracts the mean of each channel.

Why: The bias is a dead parameter: its gradient is zero but for rounding.

Condition: Every reader is a batch or instance normalisation, or a group normalisation with one channel per group,
reached through nothing but average or max-pooling.

Fix: `nobias`. The function of the network stays the same.

Source: Ioffe and Szegedy, Batch Normalization (2015), section 3.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.diagnostics import Note
from cnncalc.lint.finding import Finding, Fix
from cnncalc.lint.rule import BATCH_NORMS, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.graph import Node
    from cnncalc.lint.context import Context

RULE = Rule(
    "NM001",
    "bias-before-norm",
    ops=("conv", "depthwise", "convtranspose", "linear"),
    everywhere=True,
    fix="safe",
    proof="bias-gradient",
)
BAD = ("3x8x8 | conv 4 3 | bn | relu",)
GOOD = (
    "3x8x8 | conv 4 3 nobias | bn | relu",
    "3x8x8 | conv 4 3 | relu | bn",
)


def check(node: Node, cx: Context) -> Iterator[Finding]:
    """Every reader subtracts the mean."""
    if getattr(node.layer, "bias", False) is not True or node.index in cx.outputs or not _subtracted(node, cx):
        return
    norm = _norm(cx.graph.nodes[cx.readers[node.index][0]], cx)
    edit = cx.edit.append(node, "nobias")
    yield Finding(
        f"the bias of {cx.shape(node)[0]} numbers has no effect: '{norm.path}' subtracts the mean of every channel",
        notes=(Note("the normalisation is here", norm.span),),
        help="nobias",
        fixes=(Fix("leave the bias out", (edit,), safe=True),) if edit else (),
        data={"params": cx.shape(node)[0]},
    )


def _subtracted(node: Node, cx: Context) -> bool:
    readers = [cx.graph.nodes[i] for i in cx.readers[node.index]]
    return bool(readers) and all(_takes_away(reader, cx) for reader in readers)


def _takes_away(node: Node, cx: Context) -> bool:
    if node.op in ("maxpool", "avgpool") and not any(w.begin for w in cx.windows(node) if node.op == "avgpool"):
        return node.index not in cx.outputs and _subtracted(node, cx)
    channels = node.op == "groupnorm" and getattr(node.layer, "num_groups", 0) == cx.shape(node)[0]
    return node.op in BATCH_NORMS or channels


def _norm(node: Node, cx: Context) -> Node:
    while node.op in ("maxpool", "avgpool"):
        node = cx.graph.nodes[cx.readers[node.index][0]]
    return node
