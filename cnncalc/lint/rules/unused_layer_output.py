"""A layer's output is computed and thrown away.

What: No output of the network depends on the layer.

Why: Its parameters get no gradient, its time and memory are lost.

Condition: No path leads from the layer to an output of the network; reported at the last layer of such a branch.

Fix: Delete it, or name it under `outputs`.

Source: Graph reachability.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.lint.finding import Finding
from cnncalc.lint.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.lint.context import Context

RULE = Rule("GR004", "unused-layer-output", fix="unsafe", proof="no-gradient")
BAD = ("3x8x8; a = conv 4 3; b = from input | conv 4 5; from a | relu",)
GOOD = ("3x8x8; a = conv 4 3; b = from input | conv 4 3; add(from a, from b)",)


def check(cx: Context) -> Iterator[Finding]:
    """Every layer that nobody reads."""
    for node in cx.graph.nodes:
        if node.op == "input" or cx.readers[node.index] or node.index in cx.outputs or node.assumed or node.problem:
            continue
        dead = [node]
        while (
            len(dead[-1].inputs) == 1
            and cx.sole_reader(cx.before(dead[-1])) is dead[-1]
            and cx.before(dead[-1]).op != "input"
        ):
            dead.append(cx.before(dead[-1]))
        params = sum(cx.rows[n.index].params or 0 for n in dead if n.index in cx.rows)
        macs = sum(cx.rows[n.index].macs or 0 for n in dead if n.index in cx.rows)
        yield Finding(
            f"nothing reads the output of '{node.path}': {len(dead)} layers, {params:,} parameters and {macs:,} MACs for nothing",
            path=node.path,
            span=node.span,
            help="delete it, or name it under outputs",
            data={"layers": [n.path for n in reversed(dead)], "params": params, "macs": macs},
        )
