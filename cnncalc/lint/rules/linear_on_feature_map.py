"""A linear layer stands on a feature map.

What: A fully connected layer gets channels and positions instead of a list of features.

Why: PyTorch's linear works on the last axis alone: it raises, or silently mixes columns where the width happens to
agree.

Condition: The input of `linear` has more than one axis and the word `last` is missing.

Fix: Put `flatten` or `gap` before it; say `last` if the last axis is meant.

Source: torch.nn.Linear.
"""

from __future__ import annotations

from cnncalc.lint.rule import Rule

RULE = Rule("SH007", "linear-on-feature-map", severity="error", proof="refused", matches=r"^linear needs a flat input")
BAD = ("3x8x8 | conv 4 3 | linear 10",)
GOOD = ("3x8x8 | conv 4 3 | relu | flatten | linear 10",)
