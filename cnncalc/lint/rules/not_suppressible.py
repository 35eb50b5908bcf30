"""An error of sizes cannot be suppressed.

What: A comment names a rule whose finding means that the network cannot be built.

Why: Suppressed or not, the network does not run.

Condition: A suppression names a GR or SH rule that names a problem of the expansion.

Fix: Mend the network.

Source: The linter itself.
"""

from __future__ import annotations

from cnncalc.lint.rule import Rule

RULE = Rule("LN008", "not-suppressible", severity="warning", meta=True)
BAD = ("cnncalc: 1\ninput: 3x8x8\nlayers:\n  - conv 4 11  # cnncalc: ignore[SH001] later\n",)
GOOD = ("cnncalc: 1\ninput: 1x7x7\nlayers:\n  - conv 4 3 s3  # cnncalc: ignore[FT001] the rim is black\n",)
