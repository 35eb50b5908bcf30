"""The longest path sees more than the image.

What: The receptive field of some layer is larger than the input.

Why: What lies outside of the image is padding.

Condition: The receptive field at an output exceeds the input on every axis.

Fix: Nothing, for classification; a shallower network where compute is short.

Source: Richter et al. (2021), arXiv 2106.12307.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.lint.finding import Finding
from cnncalc.lint.rule import PEDANTIC, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.lint.context import Context

RULE = Rule("RF002", "critical-layer", severity="info", confidence="likely", presets=PEDANTIC, proof="sees-everything")
BAD = ("3x16x16 | repeat(9, conv 8 3 p1 | relu)",)
GOOD = ("3x64x64 | conv 8 3",)


def check(cx: Context) -> Iterator[Finding]:
    """One finding per output."""
    for i in cx.graph.outputs:
        field = cx.field(cx.graph.nodes[i])
        if field and all(not axis.whole and axis.size > size for axis, size in zip(field, cx.input_size, strict=True)):
            yield Finding(
                f"the receptive field {max(axis.size for axis in field)} exceeds the input {max(cx.input_size)}",
                path=cx.graph.nodes[i].path,
                span=cx.graph.nodes[i].span,
            )
