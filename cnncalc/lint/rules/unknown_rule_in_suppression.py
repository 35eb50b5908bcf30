"""A suppression names a rule that does not exist.

What: The code or name in a comment is no rule.

Why: It suppresses nothing.

Condition: The name is neither a code, a name nor an alias.

Fix: Correct it; the message suggests the nearest.

Source: The linter itself.
"""

from __future__ import annotations

from cnncalc.lint.rule import Rule

RULE = Rule("LN002", "unknown-rule-in-suppression", severity="warning", meta=True)
BAD = ("cnncalc: 1\ninput: 1x7x7\nlayers:\n  - conv 4 3 s2  # cnncalc: ignore[FT999] crop\n",)
GOOD = ("cnncalc: 1\ninput: 1x7x7\nlayers:\n  - conv 4 3 s3  # cnncalc: ignore[FT001] the rim is black\n",)
