"""Of what kind the numbers of a value are: real, whole, or true and false; and which layers take which.

Kinds are told apart by the bytes of one number where they do not follow the network's type: 8 for whole numbers, 1 for
truth values, 0 for real numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.diagnostics import ShapeError
from cnncalc.layers.broadcast import Elementwise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.layers.base import Layer

WHOLE, TRUTH = 8, 1

NAMES = {WHOLE: "whole numbers", TRUTH: "truth values"}

MOVING = frozenset(
    [
        "identity", "flatten", "reshape", "permute", "transpose", "squeeze", "unsqueeze", "slice", "chunk", "split", "unbind", "expand",
        "concat", "take", "flip", "tile", "roll", "windows", "unwindows", "tobatch", "frombatch", "add", "mul", "maximum", "minimum",
    ]
)  # fmt: skip
"""Layers that give the kind that they get."""

ANY = frozenset({"where", "number", "sum", "amax", "amin", "argmax", "topk", "cumsum", "square", "abs"})
"""Further layers that PyTorch runs on whole numbers."""


def kind_of(layer: Layer, entering: Sequence[int]) -> int:
    """The kind of what a layer gives."""
    if layer.itemsize or not entering:
        return layer.itemsize
    return max(entering) if layer.op in MOVING and all(entering) else 0


def check_kinds(layer: Layer, entering: Sequence[int], *, tables: bool) -> None:
    """Whether a layer takes what enters.

    Args:
        layer: where it enters.
        entering: the kind of each input.
        tables: whether one of them enters the network, where whole numbers are names of rows.

    Raises:
        ShapeError: it does not.
    """
    if layer.takes_indices and any(kind != WHOLE for kind in entering):
        hint = "give the input whole numbers, input: 20 int, and let the table read it first"
        raise ShapeError(f"{layer.op} needs whole numbers that enter the network; real numbers enter", hint=hint)
    if tables and not layer.takes_indices:
        hint = "put an embedding before it: embedding 10000 64"
        raise ShapeError(f"{layer.op} needs real numbers; whole numbers enter", hint=hint)
    if layer.op == "where" and entering[0] != TRUTH:
        hint = "compare two values first: where(gt(a, b), x, y)"
        raise ShapeError("where needs truth values as its first input", hint=hint)
    odd = next((kind for kind in entering if kind), 0)
    refused = layer.op == "sub" and all(kind == TRUTH for kind in entering)
    if odd and (refused or not (isinstance(layer, Elementwise) or layer.takes_indices or layer.op in MOVING | ANY)):
        hint = "divide by a number first, which gives real ones: div(id, number 1)"
        raise ShapeError(f"{layer.op} needs real numbers; {NAMES[odd]} enter", hint=hint)
