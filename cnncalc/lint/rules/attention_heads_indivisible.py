"""The features cannot be divided into the heads of an attention.

What: Multi-head attention is told more or other heads than the features allow.

Why: Every head needs as many features as the others; PyTorch raises.

Condition: features % heads is not 0.

Fix: A number of heads that divides the features.

Source: torch.nn.MultiheadAttention.
"""

from __future__ import annotations

from cnncalc.lint.rule import Rule

RULE = Rule(
    "SH012", "attention-heads-indivisible", severity="error", proof="refused", matches=r"^num_heads \d+ does not divide"
)
BAD = ("5x10 | attention 4",)
GOOD = ("5x12 | attention 4",)
