"""Some weights of the window only ever see padding.

What: On a small map a wide or dilated window has taps that lie in the padding at every position.

Why: These weights get no gradient and do nothing: the layer costs what it costs and computes what a smaller window
does.

Condition: For a tap t no output o has 0 <= o * stride - padding + t * dilation < size.

Fix: A smaller window or dilation, or less striding before it.

Source: Chen et al., DeepLabv3 (2017), section 3.3: the filter degenerates to 1x1.
"""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING

from cnncalc.diagnostics import Note
from cnncalc.layers.base import shown
from cnncalc.lint.finding import Finding, Fix
from cnncalc.lint.rule import CONVS, Rule
from cnncalc.lint.taps import live_taps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.graph import Node
    from cnncalc.lint.context import Context

RULE = Rule("FT005", "dead-kernel-taps", ops=(*CONVS, "local", "tiled"), fix="unsafe", proof="dead-weights")
BAD = (
    "8x1x1 | conv 8 3 p1",
    "8x14x14 | conv 8 3 d18 p18",
)
GOOD = ("8x14x14 | conv 8 3 d1 p1",)


def check(node: Node, cx: Context) -> Iterator[Finding]:
    """One finding with the share of dead weights."""
    windows = cx.windows(node)
    size = cx.entering(node)[1:]
    if not windows or len(windows) != len(size):
        return
    counted = [live_taps(window, *sizes) for window, *sizes in zip(windows, size, cx.shape(node)[1:], strict=True)]
    live = [taps for taps in counted if taps is not None]
    if len(live) < len(counted):
        return
    share = 1 - prod(Fraction(taps, window.kernel) for taps, window in zip(live, windows, strict=True))
    if not share:
        return
    axis = next(a for a, window in enumerate(windows) if live[a] < window.kernel)
    yield Finding(
        f"{float(100 * share):.1f} % of the weights only ever see padding: on {size[axis]} pixels {live[axis]} of {windows[axis].kernel} taps reach the input",
        span=cx.edit.place(node, "kernel_size"),
        notes=(Note(f"{shown(cx.entering(node))} comes from here", cx.before(node).span),),
        help="a smaller window or dilation computes the same",
        data={"dead_percent": round(float(100 * share), 1), "live_taps": live},
        fixes=_fix(node, cx, live),
        measure=float(share),
    )


def _fix(node: Node, cx: Context, live: list[int]) -> tuple[Fix, ...]:
    """A 1x1 window, where only the middle tap lives."""
    if node.op != "conv" or any(taps != 1 for taps in live) or cx.shape(node)[1:] != cx.entering(node)[1:]:
        return ()
    edits = [
        cx.edit.put(node, "kernel_size", "k", "1"),
        cx.edit.remove_word(node, "padding"),
        cx.edit.remove_word(node, "dilation"),
    ]
    return (Fix("a 1x1 window", tuple(edit for edit in edits if edit)),)
