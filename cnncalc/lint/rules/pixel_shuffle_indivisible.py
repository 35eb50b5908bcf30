"""Channels or sizes cannot be shuffled this way.

What: Pixel shuffle needs channels in multiples of r * r, pixel unshuffle sizes in multiples of r, channel shuffle
channels in multiples of its groups.

Why: PyTorch raises.

Condition: channels % r**2, size % r or channels % groups is not 0.

Fix: Choose channels or sizes that divide.

Source: torch.nn.PixelShuffle; Shi et al. (2016); Zhang et al., ShuffleNet (2017).
"""

from __future__ import annotations

from cnncalc.lint.rule import Rule

RULE = Rule(
    "SH013",
    "pixel-shuffle-indivisible",
    severity="error",
    proof="raises",
    matches=r"scale_factor \d+ (needs channels divisible|does not divide)|groups \d+ does not divide",
)
BAD = (
    "6x4x4 | pixelshuffle 2",
    "6x5x4 | pixelunshuffle 2",
    "6x4x4 | shuffle 4",
)
GOOD = ("8x4x4 | pixelshuffle 2",)
