"""Dropout before batch normalisation shifts the variance between training and evaluation.

What: Batch normalisation learns the variance of values that dropout has scaled; in evaluation dropout is off and the
variance is smaller.

Why: The normalised values have another spread than in training: 1/3 in place of 1 at p = 0.5 for centred inputs of
mean square 2.

Condition: Between a dropout with p > 0 and the normalisation stand only linear layers, pooling and activations.

Fix: Dropout behind the last normalisation.

Source: Li et al., Understanding the Disharmony between Dropout and Batch Normalization (2018), arXiv 1801.05134.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.diagnostics import Note
from cnncalc.lint.finding import Finding
from cnncalc.lint.rule import ACTIVATIONS, BATCH_NORMS, DROPOUTS, POOLS, VIEWS, WEIGHTED, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.graph import Node
    from cnncalc.lint.context import Context

RULE = Rule("RG001", "dropout-before-batchnorm", ops=BATCH_NORMS, confidence="likely", proof="variance-shift")
BAD = ("16 | linear 32 | relu | dropout 0.5 | linear 32 nobias | bn | relu | linear 10",)
GOOD = ("16 | linear 32 nobias | bn | relu | dropout 0.5 | linear 10",)


def check(node: Node, cx: Context) -> Iterator[Finding]:
    """Look back for a dropout."""
    before = cx.source(node, (*WEIGHTED, *POOLS, *ACTIVATIONS, *VIEWS))
    if before.op in DROPOUTS and float(getattr(before.layer, "p", 0)):
        yield Finding(
            f"'{before.path}' drops values before this normalisation learns their variance",
            notes=(Note("the dropout is here", before.span),),
            help="put dropout behind the last normalisation",
        )
