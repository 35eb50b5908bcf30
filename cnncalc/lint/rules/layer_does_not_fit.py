"""A layer cannot work on what enters it.

What: The sizes that enter a layer, or its arguments, make no output. Rules with names of their own describe the
frequent cases; this is the rest.

Why: PyTorch would refuse to build or to run the network.

Condition: The layer's own arithmetic says so; the message holds its numbers.

Fix: See the help of the message.

Source: The layer's documentation: `cnncalc layers NAME`.
"""

from __future__ import annotations

from cnncalc.lint.rule import Rule

RULE = Rule("SH000", "layer-does-not-fit", severity="error", proof="refused", matches=r".")
BAD = (
    "3x8x8 | reshape 5x5",
    "6x8x8 | slice 7 9",
)
GOOD = ("3x8x8 | reshape 192",)
