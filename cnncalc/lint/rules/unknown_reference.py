"""A layer, block or value of this name does not exist.

What: A stage calls a layer or block that is not there, or `from`, a merge or an output names a value that no line
before it made.

Why: The network cannot be built: nobody knows what is meant.

Condition: The name is no layer, no block of the file, and no value named before this line.

Fix: Correct the name; the message suggests the nearest.

Source: Format, section on names.
"""

from __future__ import annotations

from cnncalc.lint.rule import Rule

RULE = Rule(
    "GR001",
    "unknown-reference",
    severity="error",
    proof="refused",
    matches=r"^unknown layer|^there is no value named|^outputs: there is no value named|^shared\(",
)
BAD = (
    "3x8x8 | convolution 4 3",
    "3x8x8 | conv 4 3 | from stem",
)
GOOD = ("3x8x8; stem = conv 4 3; from stem | relu",)
