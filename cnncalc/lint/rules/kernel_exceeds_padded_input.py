"""The window is larger than the input with its padding.

What: A convolution or pooling window, dilation included, does not fit into what enters.

Why: There is not a single place for the window; PyTorch raises.

Condition: dilation * (kernel - 1) + 1 > size + padding.

Fix: A smaller window, more padding, or fewer strides before this layer.

Source: dumoulin and visin, A guide to convolution arithmetic (2016).
"""

from __future__ import annotations

from cnncalc.lint.rule import Rule

RULE = Rule(
    "SH001", "kernel-exceeds-padded-input", severity="error", proof="raises", matches=r"^window \d+ is larger than the"
)
BAD = (
    "3x8x8 | conv 4 11",
    "3x8x8 | conv 4 3 d4",
)
GOOD = ("3x8x8 | conv 4 8",)
