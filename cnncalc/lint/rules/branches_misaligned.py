"""Branches that meet look at places that are shifted against each other.

What: At the same output position one branch is centred on other pixels than the other.

Why: What is added or stacked describes different places of the image.

Condition: The centres of the receptive fields differ by more than half an output step, at equal steps.

Fix: Padding that keeps the middle (half of the window) in both branches.

Source: Araujo, Norris and Sim, Computing Receptive Fields of Convolutional Neural Networks (2019), alignment.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from cnncalc.lint.finding import Finding
from cnncalc.lint.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.graph import Node
    from cnncalc.lint.context import Context

RULE = Rule(
    "FT009", "branches-misaligned", severity="info", ops=("add", "concat", "mul", "maximum"), proof="misaligned"
)
BAD = ("3x16x16 | add(conv 8 5 p=0:4, conv 8 5 p2)",)
GOOD = ("3x16x16 | add(conv 8 5 p2, conv 8 3 p1)",)


def check(node: Node, cx: Context) -> Iterator[Finding]:
    """The first axis on which two operands differ."""
    fields = [cx.field(cx.graph.nodes[i]) for i in node.inputs if cx.graph.nodes[i].op != "input"]
    fields = [field for field in fields if field]
    for number, axes in enumerate(zip(*fields, strict=False)):
        known = [axis for axis in axes if not axis.whole]
        if len(known) < 2 or len({axis.jump for axis in known}) != 1 or not known[0].jump:
            continue
        centres = [axis.centre for axis in known]
        off = max(centres) - min(centres)
        if off > known[0].jump / 2 and (off := _apart(node, cx, number)) > known[0].jump / 2:
            yield Finding(
                f"the branches are centred {float(off):g} pixels of the input apart, at a step of {float(known[0].jump):g}",
                help="pad every branch by half of its window",
                data={"centres": [str(centre) for centre in centres]},
            )
            return


def _apart(node: Node, cx: Context, axis: int) -> Fraction:
    """How far the branches are apart on average: behind an upsampling the outputs of one cell share their centre."""
    centres = []
    for i in node.inputs:
        seen = cx.seen[i]
        view = seen.views[axis] if seen and axis < len(seen.views) else None
        if view is not None:
            middles = [Fraction(p.first + p.last, 2) - o * view.jump for o, p in enumerate(view.phases)]
            centres.append(sum(middles, Fraction(0)) / len(middles))
    return max(centres) - min(centres) if centres else Fraction(0)
