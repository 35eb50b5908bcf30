"""Some outputs cannot depend on some channels of the input.

What: From the input on only depthwise or grouped windows act, so that channels stay apart up to an output.

Why: A colour channel has no influence on part of the outputs: the Jacobian has blocks of exact zeros.

Condition: Sets of input channels are carried through groups, shuffles, concatenations and sums; at an output some
channel lacks one.

Fix: A 1x1 convolution without groups, or a channel shuffle between grouped ones.

Source: Zhang et al., ShuffleNet (2017), section 3.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.lint.finding import Finding
from cnncalc.lint.rule import ACTIVATIONS, BATCH_NORMS, CONVS, DROPOUTS, POOLS, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.graph import Node
    from cnncalc.lint.context import Context

RULE = Rule("CH001", "channels-never-mix", proof="jacobian")
BAD = (
    "4x16x16 | depthwise 3 | relu",
    "4x16x16 | conv 8 3 g4 | relu | conv 8 3 g2",
)
GOOD = (
    "4x16x16 | depthwise 3 | conv 8 1",
    "4x16x16 | conv 8 3 g2 | shuffle 2 | conv 8 3 g2",
)

MOST = 64
"""Inputs with more channels are not images."""

WIDEST = 4096
"""Channels of a layer that are told apart; of wider ones nobody asks what does not mix."""


def check(cx: Context) -> Iterator[Finding]:
    """Every output that lacks a channel."""
    if (
        not any(node.op in CONVS for node in cx.graph.nodes)
        or len(cx.graph.inputs) != 1
        or not 1 < (cx.graph.inputs[0].shape or (1,))[0] <= MOST
    ):
        return
    seen = mixtures(cx)
    channels = (cx.graph.inputs[0].shape or (1,))[0]
    for i in cx.graph.outputs:
        node, masks = cx.graph.nodes[i], seen[i]
        if isinstance(masks, list) and node.op != "input":
            fewest = min(mask.bit_count() for mask in masks)
            if fewest < channels:
                yield Finding(
                    f"outputs depend on as few as {fewest} of {channels} input channels", path=node.path, span=node.span,
                    help="a 1x1 convolution mixes the channels", data={"fewest": fewest, "channels": channels},
                )  # fmt: skip


def mixtures(cx: Context) -> list[int | list[int]]:
    """By node the input channels that each of its channels depends on; one set where all have the same."""
    found: list[int | list[int]] = []
    for node in cx.graph.nodes:
        masks = [found[i] for i in node.inputs]
        found.append(_mixed(node, masks, cx) if node.inputs else [1 << c for c in range((node.shape or (1,))[0])])
    return found


def _mixed(node: Node, masks: list[int | list[int]], cx: Context) -> int | list[int]:
    first = masks[0]
    if len(masks) == 1 and isinstance(first, int):
        return first
    if node.shape is None or max(node.shape[:1], default=1) > WIDEST:
        return union([union(spread(mask, 1)) for mask in masks])
    groups = _groups(node)
    if isinstance(first, list) and node.op in CONVS and groups and node.op != "sepconv" and node.shape is not None:
        size, out = len(first) // groups, node.shape[0] // groups
        return (
            [mask for g in range(groups) for mask in [union(first[g * size : (g + 1) * size])] * out]
            if size and out
            else union(first)
        )
    if isinstance(first, list) and node.op == "channelshuffle":
        n = int(getattr(node.layer, "groups", 1))
        return [first[g * (len(first) // n) + i] for i in range(len(first) // n) for g in range(n)]
    if node.op == "concat" and len(cx.shape(node)) > 1:
        return [
            m for mask, i in zip(masks, node.inputs, strict=True) for m in spread(mask, cx.shape(cx.graph.nodes[i])[0])
        ]
    keeps = node.op in (
        *POOLS,
        *ACTIVATIONS,
        *BATCH_NORMS,
        *DROPOUTS,
        "globalavgpool",
        "globalmaxpool",
        "upsample",
        "pad",
        "add",
        "mul",
        "maximum",
    )
    if keeps and node.shape is not None and all(isinstance(m, int) or len(m) == node.shape[0] for m in masks):
        lists = [spread(mask, node.shape[0]) for mask in masks]
        return [union(column) for column in zip(*lists, strict=True)]
    return union([union(spread(mask, 1)) for mask in masks])


def _groups(node: Node) -> int:
    if node.op == "depthwise":
        return -1 if node.shape is None else int(node.shape[0]) // int(getattr(node.layer, "multiplier", 1))
    return int(getattr(node.layer, "groups", 1))


def spread(mask: int | list[int], channels: int) -> list[int]:
    """One set per channel."""
    return mask if isinstance(mask, list) else [mask] * channels


def union(masks: list[int] | tuple[int, ...]) -> int:
    """All of them."""
    found = 0
    for mask in masks:
        found |= mask
    return found
