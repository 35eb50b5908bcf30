"""A suppression suppresses nothing.

What: A comment `# cnncalc: ignore[...]` names a rule that finds nothing there.

Why: It hides future findings and misleads readers.

Condition: No finding of the named rule stands at the place.

Fix: Delete the comment, or the code in it.

Source: The linter itself.
"""

from __future__ import annotations

from cnncalc.lint.rule import Rule

RULE = Rule("LN001", "unused-suppression", severity="warning", meta=True, fix="safe")
BAD = ("cnncalc: 1\ninput: 1x7x7\nlayers:\n  - conv 4 3 s2  # cnncalc: ignore[FT001] crop\n",)
GOOD = ("cnncalc: 1\ninput: 1x7x7\nlayers:\n  - conv 4 3 s3  # cnncalc: ignore[FT001] the rim is black\n",)
