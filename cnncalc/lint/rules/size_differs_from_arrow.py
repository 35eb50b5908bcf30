"""The size behind an arrow is not what the line gives.

What: A line says `-> size`, and the computed size is another.

Why: Whoever wrote the line meant another network than the one that is there, or the sizes are stale.

Condition: The computed size differs from the written one.

Fix: Mend the layer, or let `cnncalc annotate` write the sizes.

Source: Format, section on expected sizes.
"""

from __future__ import annotations

from cnncalc.lint.rule import Rule

RULE = Rule(
    "SH018",
    "size-differs-from-arrow",
    severity="error",
    proof="other-size",
    matches=r"^expected .* but this line gives",
)
BAD = ("cnncalc: 1\ninput: 3x8x8\nlayers:\n  - conv 4 3 -> 4x8x8\n",)
GOOD = ("cnncalc: 1\ninput: 3x8x8\nlayers:\n  - conv 4 3 -> 4x6x6\n",)
