"""Shared weights would need two sizes.

What: One set of weights is applied to inputs that need weights of different sizes.

Why: There is one tensor; it fits one of them.

Condition: The parameters that the layer needs at its places differ.

Fix: Bring the inputs to equal channels, or do not share.

Source: PyTorch: one module, one set of parameters.
"""

from __future__ import annotations

from cnncalc.lint.rule import Rule

RULE = Rule("SH019", "shared-weights-differ", severity="error", proof="refused", matches=r"^shared weights of")
BAD = ("3x8x8 | shared(c, conv 4 3) | shared(c)",)
GOOD = ("4x8x8 | shared(c, conv 4 3) | shared(c)",)
