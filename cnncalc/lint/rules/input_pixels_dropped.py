"""Rows or columns at the far edge of the input are never read.

What: The last window ends before the last row of what enters, and nobody else reads the rows that are left over.

Why: The layers before computed these rows for nothing, and what lies there in the image cannot be seen.

Condition: With r = (size + padding - window) mod stride: r exceeds the padding at the far edge, and no other path
reads the last rows. Lost padding is no finding (see uneven-padding).

Fix: An input size at which every stride fits (`cnncalc fit`), padding at the far edge, or another window. Changes the
network.

Source: dumoulin and visin, A guide to convolution arithmetic (2016), relationship 6; notes: 7 pixels, window 3,
stride 3 give 2.33.
"""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING

from cnncalc.diagnostics import Note
from cnncalc.layers.base import shown
from cnncalc.lint.finding import Finding, Fix
from cnncalc.lint.rule import WINDOWS, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.graph import Node
    from cnncalc.lint.context import Context

RULE = Rule(
    "FT001", "input-pixels-dropped", ops=WINDOWS, fix="unsafe", proof="unread-rows", aliases=("non-integer-size",)
)
BAD = (
    "1x7x7 | conv 4 3 s3",
    "3x224x224 | conv 96 11 s4",
)
GOOD = (
    "1x9x9 | conv 4 3 s3",
    "3x227x227 | conv 96 11 s4",
    "3x224x224 | conv 64 7 s2 p3",
)


def check(node: Node, cx: Context) -> Iterator[Finding]:
    """One finding for the axes that lose rows."""
    row = cx.rows.get(node.index)
    if row is None or not any(fit.lost_real for fit in row.fits):
        return
    read = cx.reading[node.inputs[0]]
    if read is None:
        return
    size = cx.entering(node)[1:]
    skips = [window.stride > window.dilation * (window.kernel - 1) + 1 for window in cx.windows(node)]
    lost = {
        axis: fit
        for axis, fit in enumerate(row.fits)
        if fit.lost_real and not skips[axis] and read[axis + 1].last < size[axis] - fit.lost_real
    }
    if not lost:
        return
    axis, fit = next(iter(lost.items()))
    window = cx.windows(node)[axis]
    wide = window.dilation * (window.kernel - 1) + 1
    rows = "row" if fit.lost_real == 1 else f"{fit.lost_real} rows"
    kept = prod(1 - Fraction(lost[a].lost_real, size[a]) if a in lost else Fraction(1) for a in range(len(size)))
    share = float(100 * (1 - kept))
    padded = size[axis] + window.begin + window.end
    formula = (
        f"({padded} - {wide})/{window.stride} + 1 = {float(fit.exact):.2f}, so {fit.out} windows leave {fit.lost} over"
    )
    sizes = cx.fitting_sizes
    more = window.stride - fit.lost + window.end
    help_text = (
        f"input sizes near {cx.input_size[0]} that lose nothing: {', '.join(map(str, sizes))}"
        if sizes
        else f"{more} more {'row' if more == 1 else 'rows'} of padding at the far edge would read them"
    )
    edit = (
        cx.edit.put(node, "padding", "p=", f"{window.begin}:{more}")
        if len(set(cx.windows(node))) == 1 and node.op == "conv"
        else None
    )
    yield Finding(
        f"the last {rows} of {size[axis]} {'is' if fit.lost_real == 1 else 'are'} never read: {formula}",
        span=cx.edit.place(node, "stride"),
        notes=(Note(f"{shown(cx.entering(node))} comes from here", cx.before(node).span),),
        help=help_text,
        data={"exact": str(fit.exact), "lost": fit.lost_real, "share_percent": round(share, 1), "sizes": list(sizes)},
        fixes=(Fix(f"pad the far edge by {more}", (edit,)),) if edit else (),
        measure=share,
    )
