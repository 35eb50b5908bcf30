"""The channels cannot be divided into the groups.

What: A grouped convolution has input or output channels that its number of groups does not divide.

Why: Every group needs as many channels as the others; PyTorch raises.

Condition: in % groups or out % groups is not 0.

Fix: A number of groups that divides both; the help lists them.

Source: torch.nn.Conv2d: in_channels must be divisible by groups.
"""

from __future__ import annotations

from cnncalc.lint.rule import Rule

RULE = Rule(
    "SH010",
    "groups-indivisible",
    severity="error",
    proof="raises",
    matches=r"channels cannot be divided into \d+ groups",
)
BAD = ("6x8x8 | conv 8 3 g4",)
GOOD = ("8x8x8 | conv 8 1 | relu | conv 8 3 g4",)
