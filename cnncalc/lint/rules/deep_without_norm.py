"""A deep network has no normalisation.

What: Twelve or more weighted layers, and no normalisation at all.

Why: Such networks train only with care for their initial values.

Condition: At least 12 weighted layers and no normalisation layer.

Fix: Batch or group normalisation.

Source: Ioffe and Szegedy (2015).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.lint.finding import Finding
from cnncalc.lint.rule import NORMS, PEDANTIC, WEIGHTED, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.lint.context import Context

RULE = Rule("NM008", "deep-without-norm", severity="info", confidence="likely", presets=PEDANTIC, proof="no-norm")
BAD = ("3x32x32 | repeat(12, conv 8 3 p1 | relu)",)
GOOD = ("3x32x32 | repeat(12, conv 8 3 p1 nobias | bn | relu)",)


def check(cx: Context) -> Iterator[Finding]:
    """Count both."""
    ops = [node.op for node in cx.graph.nodes]
    weighted = sum(op in WEIGHTED for op in ops)
    if weighted >= 12 and not any(op in NORMS for op in ops):
        yield Finding(f"{weighted} weighted layers and no normalisation")
