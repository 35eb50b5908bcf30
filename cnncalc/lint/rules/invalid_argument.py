"""An argument of a layer is out of range.

What: A size, stride, rate or probability lies outside of what the layer allows.

Why: PyTorch raises, in part only when the layer runs: `Conv2d(stride=0)` can be constructed.

Condition: As the message says.

Fix: A value in range.

Source: The layer's documentation: `cnncalc layers NAME`.
"""

from __future__ import annotations

from cnncalc.lint.rule import Rule

RULE = Rule(
    "SH017",
    "invalid-argument",
    severity="error",
    proof="refused",
    matches=r"must be (more than|at least|less than|at most|a whole number)|needs a whole number|must not be negative",
)
BAD = (
    "3x8x8 | conv 4 3 s0",
    "3x8x8 | dropout 1.5",
    "3x8x8 | conv 4 3 p=-1",
)
GOOD = ("3x8x8 | conv 4 3 s1",)
