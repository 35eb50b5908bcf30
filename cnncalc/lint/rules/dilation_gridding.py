"""The network's output sees its receptive field through a grid.

What: Dilated windows follow each other so that whole rows of the field are never combined into one output.

Why: Neighbouring outputs depend on disjoint pixels, which shows as a checkerboard in dense predictions.

Condition: The share of input rows within the receptive field of an output that count (coverage) is below 1, and a
layer with dilation above 1 stands on the way.

Fix: Rates without a common divisor, such as 1, 2, 5, and a convolution without dilation at the end.

Source: Wang et al., Understanding Convolution for Semantic Segmentation (2018), section 3.2.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from cnncalc.lint.finding import Finding
from cnncalc.lint.rule import CONVS, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.graph import Node
    from cnncalc.lint.context import Context

RULE = Rule("FT007", "dilation-gridding", proof="gridding")
BAD = (
    "3x64x64 | repeat(3, conv 8 3 d2 p2 | relu)",
    "3x90x90 | conv 8 3 d2 | relu | conv 8 3 d4 | relu | conv 8 3 d8",
)
GOOD = ("3x64x64 | conv 8 3 d1 | relu | conv 8 3 d2 | relu | conv 8 3 d5",)


def check(cx: Context) -> Iterator[Finding]:
    """One finding per output that sees a grid, at the last dilated layer."""
    for i in cx.graph.outputs:
        node = cx.graph.nodes[i]
        if node.op == "input" or not cx.field(node):
            continue
        worst = min((axis.coverage for axis in cx.field(node)), default=Fraction(1))
        dilated = [n for n in cx.graph.nodes[: i + 1] if _dilated(n)]
        if worst < 1 and dilated:
            seen = dilated[-1]
            rates = [str(n.layer.dilation) for n in dilated[-6:] if hasattr(n.layer, "dilation")]
            yield Finding(
                f"an output sees {float(100 * worst):.1f} % of the rows in its receptive field of {max(axis.size for axis in cx.field(node))}: dilations {', '.join(rates)}",
                path=seen.path,
                span=cx.edit.place(seen, "dilation"),
                help="rates such as 1, 2, 5 leave no holes",
                data={"coverage": str(worst)},
                measure=float(1 - worst),
            )


def _dilated(node: Node) -> bool:
    dilation = getattr(node.layer, "dilation", 1)
    return node.op in CONVS and (max(dilation) if isinstance(dilation, tuple) else dilation) > 1
