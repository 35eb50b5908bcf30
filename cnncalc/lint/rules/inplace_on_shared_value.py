"""An activation in place overwrites a value that somebody else reads.

What: The activation writes its result over its input, which another layer, or the caller, reads too.

Why: The other reader gets the activated values, silently: the network computes something else than the graph says.

Condition: The word `inplace`, and the input has other readers or leaves the network.

Fix: Remove the word.

Source: PyTorch: in-place semantics.
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

RULE = Rule("GR010", "inplace-on-shared-value", severity="error", fix="safe", ops=ACTIVATIONS, proof="inplace")
BAD = ("3x8x8; c = conv 3 3 p1; relu inplace; add(id, from c)",)
GOOD = (
    "3x8x8; c = conv 3 3 p1; relu; add(id, from c)",
    "3x8x8 | conv 3 3 | relu inplace",
)


def check(node: Node, cx: Context) -> Iterator[Finding]:
    """The value before has other readers."""
    if not getattr(node.layer, "inplace", False):
        return
    before = cx.before(node)
    others = [cx.graph.nodes[i].path for i in cx.readers[before.index] if i != node.index]
    if not others and before.index not in cx.outputs:
        return
    who = f"'{others[0]}' reads it too" if others else "it is an output of the network"
    edit = cx.edit.remove_word(node, "inplace")
    yield Finding(
        f"{node.op} overwrites '{before.path}', but {who}",
        notes=(Note("the value is made here", before.span),),
        fixes=(Fix("do not work in place", (edit,), safe=True),) if edit else (),
    )
