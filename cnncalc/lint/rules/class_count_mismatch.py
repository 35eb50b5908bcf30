"""The output has another number of classes than the task.

What: The spec declares the number of classes, and the first output has another number of channels.

Why: Labels are out of range, or scores are never used.

Condition: `task: {classes: n}` and the channels of an output are not n (1 is allowed for 2 classes).

Fix: Change one of them.

Source: torch.nn.CrossEntropyLoss.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.lint.finding import Finding
from cnncalc.lint.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.lint.context import Context

RULE = Rule("HD006", "class-count-mismatch", severity="error", needs="classes", fix="", proof="other-count")
BAD = ("cnncalc: 1\ninput: 16\ntask: {classes: 100}\nlayers:\n  - linear 10\n",)
GOOD = (
    "cnncalc: 1\ninput: 16\ntask: {classes: 10}\nlayers:\n  - linear 10\n",
    "cnncalc: 1\ninput: 16\ntask: {classes: 2}\nlayers:\n  - linear 1\n",
)


def check(cx: Context) -> Iterator[Finding]:
    """The channels of the first output."""
    classes = cx.declared.get("classes")
    if not isinstance(classes, int) or not cx.graph.outputs:
        return
    node = cx.graph.nodes[cx.graph.outputs[0]]
    found = (node.shape or (classes,))[0]
    if found != classes and not (classes == 2 and found == 1):
        yield Finding(
            f"the output has {found} channels, the task {classes} classes",
            path=node.path,
            span=node.span,
            data={"found": found},
        )
