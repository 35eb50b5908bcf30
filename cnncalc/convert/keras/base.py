"""What the rooms of Keras's layers share: activations, windows, numbers as Keras writes them."""

from __future__ import annotations

from typing import Any

from cnncalc.convert.builder import pads, size, sizes
from cnncalc.convert.channels_last import PAIR, Axes
from cnncalc.spec.printer import print_float

PLAIN = {
    "linear": "", "relu": "relu", "relu6": "relu6", "sigmoid": "sigmoid", "tanh": "tanh", "softmax": "softmax", "elu": "elu",
    "selu": "selu", "gelu": "gelu", "swish": "silu", "silu": "silu", "hard_sigmoid": "hardsigmoid", "hard_swish": "hardswish",
    "hard_silu": "hardswish", "softplus": "softplus", "softsign": "softsign", "mish": "mish", "leaky_relu": "leaky 0.2",
    "log_softmax": "logsoftmax", "exponential": "exp",
}  # fmt: skip
"""Activations by their words; ``leaky_relu`` has the slope of Keras 3."""


class Base(Axes):
    """A network under construction."""

    # ------------------------------------------------------------------------------------------ activations

    def activation(self, values: dict[str, Any], source: int, key: str = "activation") -> list[str]:
        """The activation of a layer as stages: none or one."""
        word = values.get(key)
        if word is None:
            return []
        if isinstance(word, dict):
            word = str(word.get("class_name", "")).lower()
        if word not in PLAIN:
            self.build.refuse(f"activation {word}")
        text = PLAIN[word]
        if word in ("softmax", "log_softmax") and source in self.lasts:
            text += f" dim={self.rank(source)}"
        return [text]

    # ------------------------------------------------------------------------------------------ windows

    def window(self, values: dict[str, Any], rank: int, *, pool: bool = False) -> list[str]:
        """Stride, padding, dilation."""
        stride = per_axis(values.get("strides") or (values.get("pool_size") if pool else 1), rank)
        kernel = per_axis(values.get("pool_size", 1), rank)
        words = (sizes("s", stride, -1) if stride != kernel else []) if pool else sizes("s", stride)
        padding = str(values.get("padding", "valid"))
        window = per_axis(values.get("pool_size", values.get("kernel_size", 1)), rank)
        words += ["same"] if padding == "same" and max(*stride, *window) > 1 else []
        dilation = per_axis(values.get("dilation_rate", 1), rank)
        if padding == "causal":
            words += [f"p={dilation[0] * (window[0] - 1)}:0"]
        return words + ([] if pool else sizes("d", dilation))


def per_axis(value: Any, rank: int) -> list[int]:
    """One number for all axes, or one for each."""
    values = value if isinstance(value, list) else [value]
    return [int(v) for v in values] * (rank if len(values) == 1 else 1)


def bias(values: dict[str, Any]) -> list[str]:
    """``nobias`` where there is none."""
    return ["nobias"] if values.get("use_bias", True) is False else []


def sides(op: str, value: Any, rank: int) -> str:
    """One number, one per axis, or begin and end per axis."""
    values = value if isinstance(value, list) else [value] * rank
    if rank == 1 and len(values) == PAIR and not isinstance(values[0], list):
        values = [values]
    pairs = [item if isinstance(item, list) else [item, item] for item in values]
    words = pads([int(a) for a, _ in pairs], [int(b) for _, b in pairs])
    return f"{op} {words[0].removeprefix('p=')}" if words else "identity"


def number(value: Any) -> str:
    """A number in the notation."""
    return print_float(float(value))


def values_of(given: Any) -> str:
    """Numbers as a buffer has them: ``(1,2,3)`` or ``1``."""
    while isinstance(given, list) and len(given) == 1:
        given = given[0]
    return f"({','.join(map(number, given))})" if isinstance(given, list) else number(given)


__all__ = ["PAIR", "Base", "bias", "number", "pads", "per_axis", "sides", "size", "sizes", "values_of"]
