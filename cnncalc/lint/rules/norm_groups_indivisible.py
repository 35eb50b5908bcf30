"""The channels cannot be divided into the groups of a normalisation.

What: Group normalisation is told more or other groups than the channels allow.

Why: PyTorch raises.

Condition: channels % groups is not 0.

Fix: A number of groups that divides the channels, such as their greatest common divisor with 32.

Source: torch.nn.GroupNorm; Wu and He (2018).
"""

from __future__ import annotations

from cnncalc.lint.rule import Rule

RULE = Rule(
    "SH011", "norm-groups-indivisible", severity="error", proof="raises", matches=r"^num_groups \d+ does not divide"
)
BAD = ("16x8x8 | gn 3",)
GOOD = ("16x8x8 | gn 4",)
