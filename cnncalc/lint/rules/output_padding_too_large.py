"""A transposed convolution pads its output by a whole stride.

What: `op` asks for rows that no window could have made ambiguous.

Why: Output padding only chooses among the sizes that one stride covers; PyTorch raises.

Condition: output_padding >= max(stride, dilation).

Fix: A smaller one; `pad` after the layer for more rows.

Source: torch.nn.ConvTranspose2d.
"""

from __future__ import annotations

from cnncalc.lint.rule import Rule

RULE = Rule(
    "SH016", "output-padding-too-large", severity="error", proof="raises", matches=r"^output_padding \d+ must be below"
)
BAD = ("3x8x8 | convt 4 3 s2 op2",)
GOOD = ("3x8x8 | convt 4 4 s2 op1",)
