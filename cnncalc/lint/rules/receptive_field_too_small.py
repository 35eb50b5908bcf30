"""An output cannot see a whole object.

What: The receptive field of the output is smaller than the objects that the spec says it should find.

Why: What lies outside has no influence: the gradient there is exactly zero.

Condition: `task: {object_size: n}` is larger than the receptive field of an output on some axis.

Fix: Dilation, strides, more layers, or a global branch.

Source: Araujo, Norris and Sim (2019); Luo et al. (2016).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.lint.finding import Finding
from cnncalc.lint.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.lint.context import Context

RULE = Rule("RF003", "receptive-field-too-small", needs="object_size", proof="sees-too-little")
BAD = ("cnncalc: 1\ninput: 3x64x64\ntask: {object_size: 40}\nlayers:\n  - repeat(4, conv 8 3 half | relu)\n",)
GOOD = ("cnncalc: 1\ninput: 3x64x64\ntask: {object_size: 9}\nlayers:\n  - repeat(4, conv 8 3 half | relu)\n",)


def check(cx: Context) -> Iterator[Finding]:
    """One finding per output."""
    wanted = cx.declared.get("object_size")
    if not isinstance(wanted, int):
        return
    for i in cx.graph.outputs:
        node = cx.graph.nodes[i]
        seen = min((axis.size for axis in cx.field(node)), default=wanted)
        if seen < wanted:
            yield Finding(
                f"an output sees {seen} pixels, the objects have {wanted}",
                path=node.path,
                span=node.span,
                data={"field": seen},
            )
