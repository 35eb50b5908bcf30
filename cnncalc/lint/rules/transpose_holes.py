"""A transposed convolution leaves outputs that nothing writes.

What: The window is smaller than the stride, so that rows of the output lie between the windows.

Why: They hold the bias and nothing else.

Condition: dilation * (kernel - 1) + 1 < stride.

Fix: A window of at least the stride.

Source: dumoulin and visin (2016), section 4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.lint.finding import Finding, Fix
from cnncalc.lint.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.graph import Node
    from cnncalc.lint.context import Context

RULE = Rule("UP002", "transpose-holes", ops=("convtranspose",), fix="unsafe", proof="holes")
BAD = ("8x8x8 | convt 4 2 s3",)
GOOD = ("8x8x8 | convt 4 3 s3",)


def check(node: Node, cx: Context) -> Iterator[Finding]:
    """The first axis with holes."""
    for axis in cx.scatters(node):
        wide = axis.dilation * (axis.kernel - 1) + 1
        if wide < axis.stride:
            edit = cx.edit.put(node, "kernel_size", "k", str(axis.stride)) if axis.dilation == 1 else None
            yield Finding(
                f"window {wide} with stride {axis.stride} leaves {axis.stride - wide} of {axis.stride} rows unwritten",
                span=cx.edit.place(node, "kernel_size"),
                fixes=(Fix(f"a window of {axis.stride}", (edit,)),) if edit else (),
            )
            return
