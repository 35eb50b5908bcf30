"""The network exceeds its budget of memory.

What: A limit on memory under `budget` is exceeded.

Why: Whoever wrote the limit meets it on the device.

Condition: The figure (weights, inference_peak, training_peak) is larger than the limit.

Fix: Change the network, or the budget; the message names the layers that add most.

Source: The spec's own `budget`.
"""

from __future__ import annotations

from cnncalc.lint.budget import limits
from cnncalc.lint.rule import Rule

RULE = Rule("BG003", "budget-memory", severity="error", proof="over-budget")
BAD = ("cnncalc: 1\ninput: 3x8x8\nbudget: {inference_peak: 100}\nlayers:\n  - conv 4 3\n  - relu\n",)
GOOD = ("cnncalc: 1\ninput: 3x8x8\nbudget: {inference_peak: 1MiB}\nlayers:\n  - conv 4 3\n  - relu\n",)

check = limits("weights", "inference_peak", "training_peak")
