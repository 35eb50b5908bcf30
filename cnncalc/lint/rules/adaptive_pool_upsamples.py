"""Adaptive pooling makes more pixels than it gets.

What: The wanted size is larger than the map, so that pixels are repeated.

Why: The layers behind get many weights for few distinct values: VGG at 32 pixels feeds 512 numbers as 25,088.

Condition: The output is larger than the input on some axis.

Fix: Ask for at most the size that enters.

Source: torch.nn.AdaptiveAvgPool2d.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from cnncalc.layers.base import shown
from cnncalc.lint.finding import Finding, Fix
from cnncalc.lint.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.graph import Node
    from cnncalc.lint.context import Context

RULE = Rule(
    "FT013", "adaptive-pool-upsamples", ops=("adaptiveavgpool", "adaptivemaxpool"), fix="unsafe", proof="duplicates"
)
BAD = ("8x3x3 | adaptiveavgpool 7",)
GOOD = ("8x14x14 | adaptiveavgpool 7",)


def check(node: Node, cx: Context) -> Iterator[Finding]:
    """One finding with both sizes."""
    size, out = cx.entering(node)[1:], cx.shape(node)[1:]
    if any(o > i for i, o in zip(size, out, strict=True)):
        smaller = shown(tuple(min(i, o) for i, o in zip(size, out, strict=True)))
        edit = cx.edit.put(
            node, "output_size", "", smaller if len(set(smaller.split("x"))) > 1 else smaller.split("x")[0]
        )
        yield Finding(
            f"{shown(size)} pixels are spread over {shown(out)}: at most {prod(size)} of {prod(out)} values differ",
            help=f"ask for {smaller}",
            data={"in": list(size), "out": list(out)},
            fixes=(Fix(f"pool to {smaller}", (edit,)),) if edit else (),
        )
