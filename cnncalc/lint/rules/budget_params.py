"""The network exceeds its budget of parameters.

What: A limit on parameters under `budget` is exceeded.

Why: Whoever wrote the limit meets it on the device.

Condition: The figure (params, buffers) is larger than the limit.

Fix: Change the network, or the budget; the message names the layers that add most.

Source: The spec's own `budget`.
"""

from __future__ import annotations

from cnncalc.lint.budget import limits
from cnncalc.lint.rule import Rule

RULE = Rule("BG001", "budget-params", severity="error", proof="over-budget")
BAD = ("cnncalc: 1\ninput: 3x8x8\nbudget: {params: 100}\nlayers:\n  - conv 4 3\n  - relu\n",)
GOOD = ("cnncalc: 1\ninput: 3x8x8\nbudget: {params: 200}\nlayers:\n  - conv 4 3\n  - relu\n",)

check = limits("params", "buffers")
