"""A suppression gives no reason.

What: A comment suppresses a rule and does not say why.

Why: Nobody can tell later whether it still holds.

Condition: Nothing stands behind the brackets.

Fix: Write the reason behind the brackets.

Source: The linter itself.
"""

from __future__ import annotations

from cnncalc.lint.rule import STRICT, Rule

RULE = Rule("LN004", "suppression-without-reason", severity="warning", meta=True, presets=STRICT)
BAD = ("cnncalc: 1\ninput: 1x7x7\nlayers:\n  - conv 4 3 s3  # cnncalc: ignore[FT001]\n",)
GOOD = ("cnncalc: 1\ninput: 1x7x7\nlayers:\n  - conv 4 3 s3  # cnncalc: ignore[FT001] the rim is black\n",)
