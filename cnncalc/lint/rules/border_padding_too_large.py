"""The border is padded with more than there is to reflect.

What: Reflecting or circular padding is as wide as the axis itself or wider.

Why: There are no pixels to take; PyTorch raises.

Condition: reflect: padding >= size; circular: padding > size.

Fix: Less padding, or zeros or replicate.

Source: torch.nn.ReflectionPad2d: padding size should be less than the corresponding input dimension.
"""

from __future__ import annotations

from cnncalc.lint.rule import Rule

RULE = Rule(
    "SH014",
    "border-padding-too-large",
    severity="error",
    proof="raises",
    matches=r"(reflect|circular) padding \d+ on an axis of",
)
BAD = (
    "3x4x4 | pad 4 reflect",
    "3x4x4 | conv 8 11 p5 circular",
)
GOOD = ("3x4x4 | pad 3 reflect | conv 8 3",)
