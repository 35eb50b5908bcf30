"""A suppression does not say which rule.

What: `# cnncalc: ignore` without a code in brackets.

Why: It would hide whatever comes.

Condition: A comment that begins with `cnncalc:` and names no rule. It has no effect.

Fix: Name the rule: `# cnncalc: ignore[FT001] reason`.

Source: The linter itself.
"""

from __future__ import annotations

from cnncalc.lint.rule import Rule

RULE = Rule("LN003", "blanket-suppression", severity="warning", meta=True)
BAD = ("cnncalc: 1\ninput: 1x7x7\nlayers:\n  - conv 4 3 s2  # cnncalc: ignore\n",)
GOOD = ("cnncalc: 1\ninput: 1x7x7\nlayers:\n  - conv 4 3 s3  # cnncalc: ignore[FT001] the rim is black\n",)
