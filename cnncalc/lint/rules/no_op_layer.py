"""A layer changes nothing.

What: Pooling 1x1 with stride 1, dropout with probability 0, upsampling by 1, a merge of one operand, an adaptive
pooling to the size that enters, padding or cropping by nothing, flattening what is flat.

Why: The network computes the same without it; the layer misleads readers and costs time.

Condition: As listed, for every layer that the line makes; values that come from a parameter are exempt.

Fix: Delete it.

Source: Arithmetic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.layers.base import shown
from cnncalc.lint.finding import Finding, Fix
from cnncalc.lint.rule import DROPOUTS, MERGES, POOLS, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.graph import Node
    from cnncalc.lint.context import Context

RULE = Rule(
    "GR008",
    "no-op-layer",
    severity="info",
    everywhere=True,
    fix="safe",
    proof="same-output",
    ops=(
        *POOLS,
        *DROPOUTS,
        *MERGES,
        "stochasticdepth",
        "upsample",
        "adaptiveavgpool",
        "adaptivemaxpool",
        "pad",
        "crop",
        "channelshuffle",
        "pixelshuffle",
        "pixelunshuffle",
        "flatten",
    ),
)
BAD = (
    "3x8x8 | maxpool 1 s1 | conv 4 3",
    "3x8x8 | conv 4 3 | dropout 0",
    "3x8x8 | conv 4 3 | upsample 1 | relu",
)
GOOD = (
    "8x4x4 | conv 8 1 | shuffle 2 | conv 8 1 g2",
    "3x8x8 | maxpool 2 | dropout 0.5 | conv 4 3",
)


def check(node: Node, cx: Context) -> Iterator[Finding]:
    """Layers that compute the identity."""
    reason = _reason(node, cx)
    if not reason or (node.op not in MERGES and not cx.edit.literal(node)):
        return
    edit = None if node.op in MERGES else cx.edit.delete(node)
    yield Finding(f"{node.op} changes nothing: {reason}", fixes=(Fix("delete it", (edit,), safe=True),) if edit else ())


def _reason(node: Node, cx: Context) -> str:
    layer, size, out = node.layer, cx.entering(node), cx.shape(node)
    if node.op in MERGES:
        return (
            "it has one operand" if len(node.inputs) == 1 and len(cx.shape(node)) == len(size) and out == size else ""
        )
    if node.op in DROPOUTS or node.op == "stochasticdepth":
        return "its probability is 0" if getattr(layer, "p", 1) == 0 else ""
    if node.op in POOLS:
        windows = cx.windows(node)
        one = windows and all((w.kernel, w.stride, w.begin, w.end) == (1, 1, 0, 0) for w in windows)
        return "a 1x1 window with stride 1" if one and node.op != "minpool" else ""
    if node.op == "channelshuffle" and getattr(layer, "groups", 2) not in (1, size[0]):
        return ""
    return f"{shown(size)} stays {shown(out)}" if size == out and not getattr(layer, "like", "") else ""
