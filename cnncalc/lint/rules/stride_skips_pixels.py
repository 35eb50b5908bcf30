"""Pixels between the windows are never read.

What: The stride steps over rows that no window covers and that nobody else reads.

Why: A 1x1 window with stride 2 throws three of four positions away that were paid for before.

Condition: The positions that reach an output have holes between the first and the last, and this layer's windows make
them: stride > window, or stride and dilation with a common divisor.

Fix: Average pooling before the 1x1 convolution, or the stride on a window that covers it (ResNet-D, ResNet-B).

Source: He et al., Bag of Tricks for Image Classification (2018), arXiv 1812.01187.
"""

from __future__ import annotations

from fractions import Fraction
from math import gcd, prod
from typing import TYPE_CHECKING

from cnncalc.diagnostics import Note
from cnncalc.layers.base import shown
from cnncalc.lint.finding import Finding, Fix
from cnncalc.lint.rule import WINDOWS, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.graph import Node
    from cnncalc.lint.context import Context

RULE = Rule("FT004", "stride-skips-pixels", ops=WINDOWS, fix="unsafe", proof="unread-rows")
BAD = (
    "3x8x8 | conv 8 3 p1 | relu | conv 8 1 s2 | relu | conv 4 3",
    "3x9x9 | maxpool 2 s3",
)
GOOD = ("3x8x8 | conv 8 3 p1 | relu | avgpool 2 | conv 8 1 | relu | conv 4 3",)


def check(node: Node, cx: Context) -> Iterator[Finding]:
    """One finding for the first axis with holes."""
    for axis, window in enumerate(cx.windows(node)):
        skips = window.stride > window.dilation * (window.kernel - 1) + 1
        gaps = window.kernel > 1 and gcd(window.stride, window.dilation) > 1
        read = cx.reading[node.inputs[0]] if skips or gaps else None
        if read is None:
            continue
        rows, size = read[axis + 1], cx.entering(node)[axis + 1]
        holes = rows.width - rows.size
        if holes:
            kept = prod(Fraction(r.size, max(1, s)) for r, s in zip(read[1:], cx.entering(node)[1:], strict=True))
            share = float(100 * (1 - kept))
            wide = window.dilation * (window.kernel - 1) + 1
            yield Finding(
                f"{holes} of {size} rows lie between the windows and are never read: window {wide}, stride {window.stride}",
                span=cx.edit.place(node, "stride"),
                notes=(Note(f"{shown(cx.entering(node))} comes from here", cx.before(node).span),),
                help=f"avgpool {window.stride} before a window with stride 1 reads everything",
                data={"holes": holes, "unread_percent": round(share, 1)},
                fixes=_fix(node, cx, window.stride),
                measure=share,
            )
            return


def _fix(node: Node, cx: Context, stride: int) -> tuple[Fix, ...]:
    """Pool first, for a plain 1x1 convolution."""
    windows = cx.windows(node)
    if (
        node.op != "conv"
        or len(set(windows)) != 1
        or windows[0].kernel != 1
        or any(s % stride for s in cx.entering(node)[1:])
    ):
        return ()
    before, without = cx.edit.insert_before(node, f"avgpool {stride}"), cx.edit.remove_word(node, "stride")
    return (
        (Fix(f"average {stride}x{stride} pixels before the convolution", (before, without)),)
        if before and without
        else ()
    )
