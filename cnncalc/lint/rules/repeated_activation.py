"""An activation follows an activation.

What: Two activations stand in a row.

Why: relu(relu(x)) is relu(x): the second does nothing, or squashes what is already squashed.

Condition: The layer before is an activation too. The fix is safe where the two are equal and idempotent.

Fix: Delete one.

Source: Arithmetic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.diagnostics import Note
from cnncalc.lint.finding import Finding, Fix
from cnncalc.lint.rule import ACTIVATIONS, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.graph import Node
    from cnncalc.lint.context import Context

RULE = Rule("AC002", "repeated-activation", ops=ACTIVATIONS, everywhere=True, fix="safe", proof="same-output")
BAD = ("3x8x8 | conv 4 3 | relu | relu | conv 4 3",)
GOOD = ("3x8x8 | conv 4 3 | relu | conv 4 3 | relu",)


IDEMPOTENT = ("relu", "relu6", "hardtanh")


def check(node: Node, cx: Context) -> Iterator[Finding]:
    """The layer before is an activation."""
    before = cx.before(node)
    if before.op not in ACTIVATIONS:
        return
    same = before.op == node.op and node.op in IDEMPOTENT and before.layer == node.layer
    edit = cx.edit.delete(node)
    yield Finding(
        f"{node.op} follows {before.op}" + (": it changes nothing" if same else ""),
        notes=(Note("the first is here", before.span),),
        fixes=(Fix("delete it", (edit,), safe=same),) if edit else (),
    )
