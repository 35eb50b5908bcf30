"""A batch normalisation cannot be folded into a convolution.

What: For inference batch normalisation is usually folded into the convolution before it; here none stands before it.

Why: The layer stays as a pass over memory.

Condition: `task: {target: ...}` is declared, and the layer before is no convolution or linear layer, or has other
readers.

Fix: The order convolution, normalisation, activation.

Source: torch.nn.utils.fusion.fuse_conv_bn_eval.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.lint.finding import Finding
from cnncalc.lint.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.graph import Node
    from cnncalc.lint.context import Context

RULE = Rule("NM007", "unfoldable-batchnorm", severity="info", needs="target", ops=("batchnorm",), proof="not-foldable")
BAD = ("cnncalc: 1\ninput: 3x8x8\ntask: {target: onnx}\nlayers:\n  - conv 4 3\n  - relu\n  - bn\n",)
GOOD = ("cnncalc: 1\ninput: 3x8x8\ntask: {target: onnx}\nlayers:\n  - conv 4 3 nobias\n  - bn\n  - relu\n",)


def check(node: Node, cx: Context) -> Iterator[Finding]:
    """What stands before."""
    before = cx.before(node)
    if before.op not in ("conv", "depthwise", "convtranspose", "linear") or cx.sole_reader(before) is not node:
        yield Finding(f"batchnorm behind {before.op} cannot be folded")
