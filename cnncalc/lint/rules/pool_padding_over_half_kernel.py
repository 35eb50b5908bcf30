"""A pooling window can lie in the padding alone.

What: Pooling is padded by more than half of its kernel.

Why: Some windows would see nothing of the input; PyTorch builds the layer and raises when it runs.

Condition: padding > kernel / 2, whatever the dilation; where the two sides differ, so that the layer pads by itself,
padding > (dilation * (kernel - 1) + 1) / 2.

Fix: At most half of the kernel; put `pad` before the layer for more.

Source: torch.nn.MaxPool2d: padding should be at most half of kernel size.
"""

from __future__ import annotations

from cnncalc.lint.rule import Rule

RULE = Rule(
    "SH003",
    "pool-padding-over-half-kernel",
    severity="error",
    proof="raises",
    matches=r"^padding \d+ is more than half of the (window|kernel)",
)
BAD = ("3x8x8 | maxpool 3 s2 p2", "3x8x8 | maxpool 3 s2 p2 d2")
GOOD = ("3x8x8 | maxpool 3 s2 p1",)
