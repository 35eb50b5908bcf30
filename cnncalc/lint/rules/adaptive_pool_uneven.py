"""The windows of an adaptive pooling overlap or differ in size.

What: The output size does not divide the input size.

Why: Some pixels count twice, windows have different sizes, and ONNX has no operator for it.

Condition: input size % output size is not 0, at an output that is smaller.

Fix: A size that divides, or a plain pooling window.

Source: PyTorch issue 64806; torch.nn.AdaptiveAvgPool2d.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.lint.finding import Finding
from cnncalc.lint.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.graph import Node
    from cnncalc.lint.context import Context

RULE = Rule(
    "FT014", "adaptive-pool-uneven", severity="info", ops=("adaptiveavgpool", "adaptivemaxpool"), proof="uneven-windows"
)
BAD = ("8x10x10 | adaptiveavgpool 7",)
GOOD = (
    "8x14x14 | adaptiveavgpool 7",
    "8x10x10 | adaptiveavgpool 1",
)


def check(node: Node, cx: Context) -> Iterator[Finding]:
    """The first axis that does not divide."""
    for size, out in zip(cx.entering(node)[1:], cx.shape(node)[1:], strict=True):
        if out < size and size % out:
            windows = [f"{o * size // out}..{-(-(o + 1) * size // out) - 1}" for o in range(min(out, 3))]
            yield Finding(
                f"{size} pixels do not divide into {out} equal windows: {', '.join(windows)}, ...",
                data={"in": size, "out": out},
            )
            return
