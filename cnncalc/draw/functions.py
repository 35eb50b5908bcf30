"""The activations as functions of one number, with the arguments of their layers. Source of each: the layer's own documentation."""

from __future__ import annotations

from math import erf, exp, log1p, pi, sqrt, tanh
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnncalc.layers.base import Layer

    Function = Callable[[float], float]

SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772
"""Source: Klambauer et al., Self-Normalizing Neural Networks (2017), equation 14."""

STEP = 1e-5
"""Half the distance of the two points from which a slope is taken."""


def sigmoid(x: float) -> float:
    """``1 / (1 + exp(-x))``, without overflow."""
    return 1 / (1 + exp(-x)) if x >= 0 else exp(x) / (1 + exp(x))


def _elu(x: float, alpha: float) -> float:
    return x if x > 0 else alpha * (exp(x) - 1)


def _softplus(x: float) -> float:
    return max(x, 0.0) + log1p(exp(-abs(x)))


def _gelu(x: float, approximate: str) -> float:
    if approximate == "tanh":
        return x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x**3)))
    return x / 2 * (1 + erf(x / sqrt(2)))


FUNCTIONS: dict[str, Callable[[float, Any], float]] = {
    "relu": lambda x, _: max(x, 0.0),
    "relu6": lambda x, _: min(max(x, 0.0), 6.0),
    "leakyrelu": lambda x, layer: x if x > 0 else float(layer.negative_slope) * x,
    "prelu": lambda x, layer: x if x > 0 else float(layer.init) * x,
    "elu": lambda x, layer: _elu(x, float(layer.alpha)),
    "celu": lambda x, layer: x if x > 0 else float(layer.alpha) * (exp(x / float(layer.alpha)) - 1),
    "selu": lambda x, _: SELU_SCALE * _elu(x, SELU_ALPHA),
    "gelu": lambda x, layer: _gelu(x, layer.approximate),
    "silu": lambda x, _: x * sigmoid(x),
    "mish": lambda x, _: x * tanh(_softplus(x)),
    "sigmoid": lambda x, _: sigmoid(x),
    "logsigmoid": lambda x, _: -_softplus(-x),
    "tanh": lambda x, _: tanh(x),
    "softplus": lambda x, layer: _softplus(float(layer.beta) * x) / float(layer.beta),
    "softsign": lambda x, _: x / (1 + abs(x)),
    "hardtanh": lambda x, layer: min(max(x, float(layer.min_val)), float(layer.max_val)),
    "hardsigmoid": lambda x, _: min(max(x + 3, 0.0), 6.0) / 6,
    "hardswish": lambda x, _: x * min(max(x + 3, 0.0), 6.0) / 6,
    "threshold": lambda x, layer: x if x > float(layer.threshold) else float(layer.value),
}  # fmt: skip
"""By the canonical name of the layer."""


def function_of(layer: Layer, op: str) -> Function:
    """The function of a layer."""
    formula = FUNCTIONS[op]
    return lambda x: formula(x, layer)


def slope(function: Function, x: float) -> float | None:
    """The derivative; None at a kink or a jump, where the slopes of the two sides differ."""
    left, right = (function(x) - function(x - STEP)) / STEP, (function(x + STEP) - function(x)) / STEP
    return (left + right) / 2 if abs(left - right) < 0.01 else None  # noqa: PLR2004 (a smooth function bends less over two steps)
