"""A block or parameter is defined and never used.

What: The file defines a block that no line calls, or a parameter that no expression names.

Why: Readers look for its use; a value set with --set has no effect.

Condition: The name appears in no stage and no expression.

Fix: Delete the definition, or use it.

Source: Names in the syntax tree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.lint.finding import Finding
from cnncalc.lint.rule import Rule
from cnncalc.spec.syntax import Call, Name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.lint.context import Context

RULE = Rule("GR007", "unused-definition", proof="same-network")
BAD = (
    "cnncalc: 1\ninput: 3x8x8\nblocks:\n  unit(c):\n    - conv c 3\nlayers:\n  - conv 4 3\n",
    "cnncalc: 1\ninput: 3x8x8\nparams: {width: 2}\nlayers:\n  - conv 4 3\n",
)
GOOD = ("cnncalc: 1\ninput: 3x8x8\nparams: {width: 2}\nblocks:\n  unit(c):\n    - conv c 3\nlayers:\n  - unit width\n",)


def check(cx: Context) -> Iterator[Finding]:
    """Names that appear nowhere."""
    spec = cx.spec
    if not spec.blocks and not spec.params:
        return
    used: set[str] = set()
    for part in (
        spec.layers,
        *spec.blocks.values(),
        *spec.params.values(),
        *spec.variants.values(),
        *spec.expect.values(),
    ):
        _names(part, used)
    for name, block in spec.blocks.items():
        if name not in used:
            yield Finding(f"the block '{name}' is never called", span=block.span)
    for name in spec.params:
        if name not in used:
            yield Finding(
                f"the parameter '{name}' is never used", span=spec.spans.get(f"params.{name}", spec.spans.get("params"))
            )


def _names(part: object, used: set[str]) -> None:
    """All names and calls in a part of the syntax tree."""
    if isinstance(part, Call):
        used.add(part.name)
    if isinstance(part, Name):
        used.add(part.text)
    if isinstance(part, dict):
        part = tuple(part.values())
    if isinstance(part, tuple):
        for inner in part:
            _names(inner, used)
