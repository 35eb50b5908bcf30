"""A normalisation follows the same normalisation.

What: Two normalisations over the same numbers stand in a row.

Why: After the first, mean and variance are what the second would make of them, up to its learned factors.

Condition: The layer before is of the same kind with the same arguments.

Fix: Delete one.

Source: Ioffe and Szegedy (2015).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.diagnostics import Note
from cnncalc.lint.finding import Finding, Fix
from cnncalc.lint.rule import NORMS, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.graph import Node
    from cnncalc.lint.context import Context

RULE = Rule("NM002", "repeated-norm", ops=NORMS, everywhere=True, fix="unsafe", proof="same-statistics")
BAD = ("3x8x8 | conv 4 3 nobias | bn | bn | relu",)
GOOD = ("3x8x8 | conv 4 3 nobias | bn | relu",)


def check(node: Node, cx: Context) -> Iterator[Finding]:
    """The layer before is the same."""
    before = cx.before(node)
    if before.op == node.op and before.layer == node.layer and node.op != "lrn":
        edit = cx.edit.delete(node)
        yield Finding(
            f"{node.op} follows {node.op}", notes=(Note("the first is here", before.span),),
            fixes=(Fix("delete it", (edit,)),) if edit else (),
        )  # fmt: skip
