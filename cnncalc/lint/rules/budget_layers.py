"""The network exceeds its budget of layers.

What: A limit on layers under `budget` is exceeded.

Why: Whoever wrote the limit meets it on the device.

Condition: The figure (layers) is larger than the limit.

Fix: Change the network, or the budget; the message names the layers that add most.

Source: The spec's own `budget`.
"""

from __future__ import annotations

from cnncalc.lint.budget import limits
from cnncalc.lint.rule import Rule

RULE = Rule("BG004", "budget-layers", severity="error", proof="over-budget")
BAD = ("cnncalc: 1\ninput: 3x8x8\nbudget: {layers: 1}\nlayers:\n  - conv 4 3\n  - relu\n",)
GOOD = ("cnncalc: 1\ninput: 3x8x8\nbudget: {layers: 2}\nlayers:\n  - conv 4 3\n  - relu\n",)

check = limits("layers")
