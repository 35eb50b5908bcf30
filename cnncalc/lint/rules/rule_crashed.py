"""A rule failed.

What: A rule raised an exception; the others ran.

Why: Its findings are missing.

Condition: Any exception within a rule.

Fix: Report it; ignore the rule until then.

Source: The linter itself.
"""

from __future__ import annotations

from cnncalc.lint.rule import Rule

RULE = Rule("LN007", "rule-crashed", severity="error", meta=True)
BAD = ()
GOOD = ()
