"""The network exceeds its budget of receptive field.

What: A limit on receptive field under `budget` is exceeded.

Why: Whoever wrote the limit meets it on the device.

Condition: The figure (receptive_field) is larger than the limit.

Fix: Change the network, or the budget; the message names the layers that add most.

Source: The spec's own `budget`.
"""

from __future__ import annotations

from cnncalc.lint.budget import limits
from cnncalc.lint.rule import Rule

RULE = Rule("BG005", "budget-receptive-field", severity="error", proof="over-budget")
BAD = ("cnncalc: 1\ninput: 3x8x8\nbudget: {receptive_field: 2}\nlayers:\n  - conv 4 3\n  - relu\n",)
GOOD = ("cnncalc: 1\ninput: 3x8x8\nbudget: {receptive_field: 3}\nlayers:\n  - conv 4 3\n  - relu\n",)

check = limits("receptive_field")
