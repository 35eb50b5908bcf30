"""Convolutions look around after they have seen everything.

What: A window larger than 1x1 stands where even the shortest path has already seen the whole image.

Why: Such layers add no new context; in the cited experiments they could be cut without loss.

Condition: The receptive field along the shortest path into the layer is at least the input on every axis; for shared weights, wherever
they stand.

Fix: Fewer layers, a less aggressive stem, or 1x1 windows.

Source: Richter et al., Should You Go Deeper? (2021), arXiv 2106.12307.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.lint.finding import Finding
from cnncalc.lint.rule import CONVS, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.graph import Node
    from cnncalc.lint.context import Context

RULE = Rule("RF001", "unproductive-layer", confidence="likely", proof="sees-everything")
BAD = ("3x16x16 | conv 8 7 s2 p3 | relu | maxpool 3 s2 p1 | repeat(3, conv 8 3 p1 | relu)",)
GOOD = (
    "3x64x64 | repeat(3, conv 8 3 p1 | relu)",
    "8x16x16 | add(shared(tower, conv 8 3 p1), conv 8 7 s2 p3 | maxpool 4 s4 | shared(tower) | upsample 8)",
)


def check(cx: Context) -> Iterator[Finding]:
    """One finding for all of them, at the first."""
    size = cx.input_size
    convs = [node for node in cx.graph.nodes if node.op in CONVS and node.shape is not None]
    useless = [_useless(node, cx, size) for node in convs]
    needed = {node.weights for node, idle in zip(convs, useless, strict=True) if not idle}
    found = [node for node in convs if node.weights not in needed]
    if not found:
        return
    first = found[0]
    macs = sum(cx.rows[node.index].macs or 0 for node in found)
    share = macs / max(1, cx.analysis.totals.macs)
    seen = max(axis.shortest for axis in cx.field(cx.before(first)))
    yield Finding(
        f"{len(found)} convolutions look around after everything is seen: the shortest path into '{first.path}' sees {seen} of {size[0]} pixels",
        path=first.path,
        span=first.span,
        help=f"fewer layers or strides; these take {share:.0%} of the MACs",
        data={"layers": len(found), "macs_share": round(share, 4)},
        measure=float(len(found)),
    )


def _useless(node: Node, cx: Context, size: tuple[int, ...]) -> bool:
    field = cx.field(cx.before(node))
    wide = any(window.kernel > 1 for window in cx.windows(node))
    return (
        wide
        and bool(field)
        and len(field) == len(size)
        and all(axis.shortest >= pixels and not axis.whole for axis, pixels in zip(field, size, strict=True))
    )
