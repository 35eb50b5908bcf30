"""The baseline holds a finding that is gone.

What: An entry of the baseline file matches nothing any more.

Why: It would hide the defect when it comes back.

Condition: A file, rule and layer of the baseline has fewer findings than recorded.

Fix: `cnncalc lint --prune-baseline`.

Source: The linter itself.
"""

from __future__ import annotations

from cnncalc.lint.rule import Rule

RULE = Rule("LN005", "stale-baseline-entry", severity="warning", meta=True)
BAD = ()
GOOD = ()
