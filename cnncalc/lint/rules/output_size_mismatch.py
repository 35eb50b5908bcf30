"""A dense prediction has another size than the image.

What: The task asks for one prediction per pixel, and the output has other spatial sizes than the input.

Why: Loss and target do not match.

Condition: `task: {kind: segmentation}` (or dense) and the spatial sizes of an output differ from the input's.

Fix: Padding in the decoder, `resize` to the input, or a crop.

Source: Ronneberger et al., U-Net (2015).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.layers.base import shown
from cnncalc.lint.finding import Finding
from cnncalc.lint.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.lint.context import Context

RULE = Rule("UP003", "output-size-mismatch", severity="error", needs="dense", proof="other-size")
BAD = ("cnncalc: 1\ninput: 3x16x16\ntask: {kind: segmentation}\nlayers:\n  - conv 8 3\n  - relu\n  - conv 2 3 half\n",)
GOOD = (
    "cnncalc: 1\ninput: 3x16x16\ntask: {kind: segmentation}\nlayers:\n  - conv 8 3 half\n  - relu\n  - conv 2 3 half\n",
)


def check(cx: Context) -> Iterator[Finding]:
    """Sizes of the outputs."""
    if cx.declared.get("kind") not in ("segmentation", "dense"):
        return
    for i in cx.graph.outputs:
        node = cx.graph.nodes[i]
        if cx.shape(node)[1:] != cx.input_size:
            yield Finding(
                f"the output is {shown(cx.shape(node)[1:])}, the image {shown(cx.input_size)}",
                path=node.path,
                span=node.span,
            )
