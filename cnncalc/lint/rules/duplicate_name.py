"""Two modules have one name.

What: Two lines give the same name to different modules.

Why: A module's name is the key of its weights: one of the two would be lost from every checkpoint.

Condition: The same path is made twice, and neither by `shared` nor by a shared repeat.

Fix: Rename one of the two; use `shared(name)` if one set of weights is meant.

Source: PyTorch: attributes of an nn.Module.
"""

from __future__ import annotations

from cnncalc.lint.rule import Rule

RULE = Rule(
    "GR003", "duplicate-name", severity="error", proof="refused", matches=r"^the name '.*' is given to two modules"
)
BAD = ("cnncalc: 1\ninput: 8x8x8\nlayers:\n  - repeat(2):\n    - c = conv 8 3\n    - relu\n",)
GOOD = ("3x8x8; c1 = conv 4 3; relu; c2 = conv 4 3",)
