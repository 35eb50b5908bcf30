"""Even windows shift the image further and further to one side.

What: A window of even size has no middle: padded to keep the size, it looks half a pixel to one side, every time to
the same.

Why: After a few such layers the output at a place describes another place.

Condition: The half pixels of stride-1 windows of even size with unequal padding, in input pixels, add up to 1 or more
at an output.

Fix: Odd windows, or the padding alternating between the sides.

Source: Wu et al., Convolution with even-sized kernels and symmetric padding (2019), arXiv 1903.08385.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from cnncalc.lint.finding import Finding
from cnncalc.lint.rule import CONVS, POOLS, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.graph import Node
    from cnncalc.lint.context import Context

RULE = Rule("FT008", "even-kernel-drift", ops=(), fix="", proof="drift")
BAD = (
    "3x32x32 | conv 8 2 same | relu | conv 8 2 same | relu | conv 8 2 same",
    "3x32x32 | conv 8 4 p=1:2 | relu | conv 8 4 p=1:2",
)
GOOD = ("3x32x32 | conv 8 3 same | relu | conv 8 3 same",)


def check(cx: Context) -> Iterator[Finding]:
    """One finding at the last layer that drifts."""
    if not any(_is_even(node) for node in cx.graph.nodes):
        return
    drift: list[Fraction] = []
    worst: dict[int, int] = {}
    for node in cx.graph.nodes:
        entering = [drift[i] for i in node.inputs]
        value = max(entering, key=abs, default=Fraction(0))
        own = _own(node, cx)
        drift.append(value + own)
        before = [worst[i] for i in node.inputs if i in worst]
        if own:
            worst[node.index] = node.index
        elif before:
            worst[node.index] = before[0]
    for i in cx.graph.outputs:
        if abs(drift[i]) >= 1 and i in worst:
            last = cx.graph.nodes[worst[i]]
            yield Finding(
                f"windows of even size shift the output by {float(abs(drift[i])):g} pixels of the input",
                path=last.path,
                span=cx.edit.place(last, "kernel_size"),
                help="use odd windows, or alternate the side of the padding",
                data={"drift": str(drift[i])},
            )


def _own(node: Node, cx: Context) -> Fraction:
    """Pixels of the input by which a layer shifts."""
    if node.op not in (*CONVS, *POOLS) or node.shape is None or node.problem is not None or not cx.field(node):
        return Fraction(0)
    windows, field = cx.windows(node), cx.field(cx.before(node)) or cx.field(node)
    if not windows or len(windows) != len(field):
        return Fraction(0)
    shifts = [
        (Fraction(w.dilation * (w.kernel - 1), 2) - w.begin) * (axis.jump or 1)
        for w, axis in zip(windows, field, strict=True)
        if w.stride == 1 and w.dilation * (w.kernel - 1) % 2 and w.begin != w.end
    ]
    return max(shifts, key=abs, default=Fraction(0))


def _is_even(node: Node) -> bool:
    """Whether a layer has a window without a middle."""
    kernel = getattr(node.layer, "kernel_size", 1)
    return kernel % 2 == 0 if isinstance(kernel, int) else any(size % 2 == 0 for size in kernel)
