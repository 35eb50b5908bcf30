"""Layers of which the analysis of memory asks more than of others, known by their names: their rooms are imported where they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeGuard

from cnncalc.analysis.memory.packing import RECURRENT

if TYPE_CHECKING:
    from cnncalc.layers.attention import ScaledDotProduct
    from cnncalc.layers.base import Layer
    from cnncalc.layers.einsum import Einsum
    from cnncalc.layers.layernorm import LayerNorm
    from cnncalc.layers.recurrent import Recurrent
    from cnncalc.layers.windows import Unwindows, Windows


BY_LAYOUT = RECURRENT | {"sdpa"}
"""Layers that keep other things where their inputs lie otherwise."""


def is_attention(layer: Layer) -> TypeGuard[ScaledDotProduct]:
    """Whether it is the product of attention."""
    return layer.op == "sdpa"


def is_einsum(layer: Layer) -> TypeGuard[Einsum]:
    """Whether it is a sum of products over named axes."""
    return layer.op == "einsum"


def is_layernorm(layer: Layer) -> TypeGuard[LayerNorm]:
    """Whether it normalises the last axes, or the channels."""
    return layer.op == "layernorm"


def is_recurrent(layer: Layer) -> TypeGuard[Recurrent]:
    """Whether it goes through a sequence step by step."""
    return layer.op in RECURRENT


def is_windowed(layer: Layer) -> TypeGuard[Windows | Unwindows]:
    """Whether it cuts a map into windows, or puts it together of them."""
    return layer.op in {"windows", "unwindows"}
