"""An example of a package with a rule of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.lint.finding import Finding
from cnncalc.lint.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.graph import Node
    from cnncalc.lint.context import Context

RULE = Rule("XAC001", "no-seven", ops=("conv",))


def check(node: Node, cx: Context) -> Iterator[Finding]:
    """Seven is an unlucky number of channels."""
    if cx.shape(node)[0] == 7:
        yield Finding("seven channels", span=cx.edit.place(node, "out_channels"))
