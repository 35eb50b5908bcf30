"""Branches meet in sizes that do not agree.

What: The operands of a merge have different sizes on an axis on which they must be equal.

Why: PyTorch raises; often a stride before rounded an odd size down, and the way back up did not.

Condition: Sizes differ on an axis other than the one along which is concatenated, and none of them is 1.

Fix: An input size that all strides divide (`cnncalc fit`), padding, `crop x` or `resize x`.

Source: PyTorch: Sizes of tensors must match.
"""

from __future__ import annotations

from cnncalc.lint.rule import Rule

RULE = Rule(
    "SH008",
    "merge-size-mismatch",
    severity="error",
    proof="raises",
    matches=r"(add|sub|mul|concat|maximum|minimum|div|pow|lt|le|gt|ge|eq|ne|where|matmul|sdpa)\b.*(sizes|axes|numbers of axes|inner sizes).*differ",
)
BAD = (
    "3x9x9; x = id; maxpool 2 | upsample 2 | concat(id, from x)",
    "3x8x8 | add(conv 4 3, id)",
)
GOOD = ("3x8x8; x = id; maxpool 2 | upsample 2 | concat(id, from x)",)
