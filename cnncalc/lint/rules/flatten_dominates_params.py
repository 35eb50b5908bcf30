"""One linear layer on a flattened map holds most of the parameters.

What: A fully connected layer reads every position of a feature map and has more than half of all parameters.

Why: VGG-16 has 74 % of its parameters there; the network is tied to one input size.

Condition: The layer reads a flattened map with more than one position and holds more than 50 % of the parameters, in
a network of at least 1,000,000.

Fix: Global average pooling divides them by the number of positions.

Source: Lin, Chen and Yan, Network in Network (2013), section 3.2.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from cnncalc.layers.base import shown
from cnncalc.lint.finding import Finding
from cnncalc.lint.rule import DROPOUTS, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.graph import Node
    from cnncalc.lint.context import Context

RULE = Rule("HD007", "flatten-dominates-params", severity="info", ops=("linear",), proof="share-of-parameters")
BAD = ("3x64x64 | conv 32 3 | relu | maxpool 2 | flatten | linear 100",)
GOOD = ("3x64x64 | conv 32 3 | relu | gap | flatten | linear 100",)


def check(node: Node, cx: Context) -> Iterator[Finding]:
    """Its share."""
    row, total = cx.rows.get(node.index), cx.analysis.totals.params
    source = cx.source(node, (*DROPOUTS, "identity"))
    if row is None or not row.params or total < 1_000_000 or source.op not in ("flatten", "reshape"):
        return
    shape = cx.entering(source)
    places = prod(shape[1:])
    if row.params * 2 > total and places > 1:
        yield Finding(
            f"{row.params:,} of {total:,} parameters ({row.params / total:.0%}) read the {places} positions of {shown(shape)}",
            help=f"gap in place of flatten leaves {row.params // places:,}",
            data={"params": row.params, "total": total, "positions": places},
        )
