"""A stem made for large images shrinks a small one at once.

What: Strides and pooling before the second weighted layer leave few positions of an image that was small from the
beginning.

Why: ImageNet stems on 32 pixels leave 8x8 positions to a network whose layers expect 56x56.

Condition: The input has at most 64 pixels, the step before the second weighted layer is 4 or more, and at most 16
positions are left.

Fix: A 3x3 window with stride 1 and no pooling in the stem.

Source: Richter et al. (2021), arXiv 2107.02279; He et al. (2015), section 4.2: the CIFAR variant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.layers.base import shown
from cnncalc.lint.finding import Finding
from cnncalc.lint.rule import WEIGHTED, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.lint.context import Context

RULE = Rule("RF005", "stem-too-aggressive", confidence="likely", proof="small-map")
BAD = ("3x32x32 | conv 64 7 s2 p3 | relu | maxpool 3 s2 p1 | conv 64 3 p1 | relu | gap | flatten | linear 10",)
GOOD = ("3x32x32 | conv 64 3 p1 | relu | conv 64 3 p1 | relu | gap | flatten | linear 10",)


def check(cx: Context) -> Iterator[Finding]:
    """Look at what enters the second weighted layer."""
    weighted = [node for node in cx.graph.nodes if node.op in WEIGHTED and node.shape is not None]
    if len(weighted) < 2 or not cx.input_size or max(cx.input_size) > 64 or len(cx.input_size) < 2:
        return
    first, second = weighted[:2]
    field, size = cx.field(cx.before(second)), cx.entering(second)[1:]
    if field and size and min(axis.jump for axis in field) >= 4 and max(size) <= 16:
        yield Finding(
            f"the stem leaves {shown(size)} of {shown(cx.input_size)} positions before the second weighted layer",
            path=first.path,
            span=first.span,
            help="for small images: conv 3 s1 and no pooling",
            data={"positions": list(size)},
        )
