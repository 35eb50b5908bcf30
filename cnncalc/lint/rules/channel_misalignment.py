"""Channels do not fill the lanes of the target.

What: The target computes channels in groups of a fixed size, and the last group of this layer is not full.

Why: The device pads the channels: the work is done and thrown away.

Condition: `task: {target: nvidia-fp16}` (8), `nvidia-tf32` (4), `nvidia-int8` (16) or `axis-artpec9` (16): out %
lanes is not 0, for layers with at least 2 % of the MACs.

Fix: roundup(c, 8) or divisible(c, 8).

Source: NVIDIA Deep Learning Performance documentation, convolutional layers, checked 2026; Axis developer
documentation, Artpec-9.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.lint.finding import Finding, Fix
from cnncalc.lint.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.graph import Node
    from cnncalc.lint.context import Context

RULE = Rule(
    "HW001",
    "channel-misalignment",
    severity="info",
    confidence="likely",
    needs="target",
    ops=("conv", "linear"),
    fix="unsafe",
    proof="misaligned-channels",
)
BAD = ("cnncalc: 1\ninput: 8x16x16\ntask: {target: nvidia-fp16}\nlayers:\n  - conv 60 3\n",)
GOOD = ("cnncalc: 1\ninput: 8x16x16\ntask: {target: nvidia-fp16}\nlayers:\n  - conv 64 3\n",)


LANES = {"nvidia-fp16": 8, "nvidia-tf32": 4, "nvidia-int8": 16, "axis-artpec9": 16}


def check(node: Node, cx: Context) -> Iterator[Finding]:
    """The channels that leave."""
    lanes = LANES.get(str(cx.declared.get("target")))
    row = cx.rows.get(node.index)
    scores = node.op == "linear" and node.index in cx.outputs
    if lanes is None or row is None or scores or 50 * (row.macs or 0) < cx.analysis.totals.macs:
        return
    out = cx.shape(node)[0]
    if out % lanes:
        better = -(-out // lanes) * lanes
        edit = cx.edit.put(node, "out_channels", "", str(better)) if cx.edit.literal(node) else None
        yield Finding(
            f"{out} channels take the time of {better} on {cx.declared.get('target')}",
            span=cx.edit.place(node, "out_channels"),
            fixes=(Fix(f"{better} channels", (edit,)),) if edit else (),
            data={"channels": out, "lanes": lanes},
        )
