"""An uneven adaptive pooling cannot be exported.

What: The target has no operator for windows of different sizes.

Why: The export to ONNX raises.

Condition: `task: {target: onnx}` (or tensorrt) and input size % output size is not 0.

Fix: A plain pooling with a fixed window, or an input size that divides.

Source: PyTorch issues 64806 and 42653.
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
    "EX001",
    "adaptive-pool-not-exportable",
    severity="error",
    needs="target",
    ops=("adaptiveavgpool", "adaptivemaxpool"),
    proof="uneven-windows",
)
BAD = ("cnncalc: 1\ninput: 8x10x10\ntask: {target: onnx}\nlayers:\n  - adaptiveavgpool 7\n",)
GOOD = ("cnncalc: 1\ninput: 8x14x14\ntask: {target: onnx}\nlayers:\n  - adaptiveavgpool 7\n",)


def check(node: Node, cx: Context) -> Iterator[Finding]:
    """Axes that do not divide."""
    if cx.declared.get("target") not in ("onnx", "tensorrt"):
        return
    for size, out in zip(cx.entering(node)[1:], cx.shape(node)[1:], strict=True):
        if size % out:
            yield Finding(
                f"{size} pixels do not divide into {out} equal windows, which ONNX cannot say",
                data={"in": size, "out": out},
            )
            return
