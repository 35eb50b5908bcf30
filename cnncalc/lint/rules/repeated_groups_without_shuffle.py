"""Two grouped convolutions divide the channels the same way.

What: A grouped convolution follows another with the same groups, and nothing between them mixes channels.

Why: What happens in one group never reaches another: two narrow networks side by side.

Condition: Equal groups, more than 1 and fewer than the channels, with only point-wise layers and pooling between.

Fix: `shuffle` between them, or a 1x1 convolution without groups.

Source: Zhang et al., ShuffleNet (2017), figure 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.diagnostics import Note
from cnncalc.lint.finding import Finding, Fix
from cnncalc.lint.rule import ACTIVATIONS, BATCH_NORMS, DROPOUTS, POOLS, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.graph import Node
    from cnncalc.lint.context import Context

RULE = Rule("CH002", "repeated-groups-without-shuffle", ops=("conv",), fix="unsafe", proof="jacobian-blocks")
BAD = ("8x8x8 | conv 8 3 | conv 8 3 g4 p1 | relu | conv 8 3 g4 p1",)
GOOD = ("8x8x8 | conv 8 3 | conv 8 3 g4 p1 | relu | shuffle 4 | conv 8 3 g4 p1",)


def check(node: Node, cx: Context) -> Iterator[Finding]:
    """The grouped convolution before has the same groups."""
    groups = getattr(node.layer, "groups", 1)
    before = cx.source(node, (*ACTIVATIONS, *BATCH_NORMS, *DROPOUTS, *POOLS))
    if before.op != "conv" or not 1 < groups < cx.entering(node)[0] or getattr(before.layer, "groups", 1) != groups:
        return
    if groups >= cx.shape(before)[0] or cx.sole_reader(before) is None:
        return
    edit = cx.edit.insert_before(node, f"shuffle {groups}")
    yield Finding(
        f"both convolutions divide the channels into the same {groups} groups: one group never sees another",
        span=cx.edit.place(node, "groups"),
        notes=(Note("the first is here", before.span),),
        fixes=(Fix("shuffle the channels between them", (edit,)),) if edit else (),
        data={"groups": groups},
    )
