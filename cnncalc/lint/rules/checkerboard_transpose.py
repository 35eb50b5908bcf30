"""A transposed convolution overlaps unevenly.

What: The stride does not divide the window, so that some outputs are written by more windows than their neighbours.

Why: The uneven overlap shows as a checkerboard in generated images and in gradients.

Condition: stride > 1 and window % stride is not 0.

Fix: A window that is a multiple of the stride, or resizing followed by a convolution.

Source: Odena, Dumoulin and Olah, Deconvolution and Checkerboard Artifacts (2016).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.lint.finding import Finding, Fix
from cnncalc.lint.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.graph import Node
    from cnncalc.lint.context import Context

RULE = Rule("UP001", "checkerboard-transpose", ops=("convtranspose",), fix="unsafe", proof="uneven-overlap")
BAD = (
    "8x8x8 | convt 4 3 s2",
    "8x8x8 | convt 4 5 s2",
)
GOOD = ("8x8x8 | convt 4 4 s2 p1",)


def check(node: Node, cx: Context) -> Iterator[Finding]:
    """The first axis that overlaps unevenly."""
    for axis in cx.scatters(node):
        kernel, stride = axis.kernel, axis.stride
        if stride > 1 and kernel % stride and kernel > stride and axis.dilation == 1:
            few, many = kernel // stride, -(-kernel // stride)
            better = stride * many
            edit = cx.edit.put(node, "kernel_size", "k", str(better))
            yield Finding(
                f"window {kernel} with stride {stride} writes some outputs {few} times and others {many} times per axis",
                span=cx.edit.place(node, "kernel_size"),
                help=f"a window of {better}, or upsample {stride} followed by a convolution",
                fixes=(Fix(f"a window of {better}", (edit,)),) if edit else (),
                data={"overlap": [few, many]},
            )
            return
