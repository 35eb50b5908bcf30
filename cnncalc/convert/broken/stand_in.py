"""Results as if a call had fitted, so that a model can be followed behind a call that fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from torch import Tensor

CONVOLUTIONS = {"conv1d": functional.conv1d, "conv2d": functional.conv2d, "conv3d": functional.conv3d}
TRANSPOSED = {
    "conv_transpose1d": functional.conv_transpose1d,
    "conv_transpose2d": functional.conv_transpose2d,
    "conv_transpose3d": functional.conv_transpose3d,
}
SUMS = (
    "add",
    "__add__",
    "__iadd__",
    "add_",
    "sub",
    "__sub__",
    "mul",
    "__mul__",
    "__imul__",
    "mul_",
    "div",
    "__truediv__",
)


def stand_in(name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """What a call would give with parameters that fit, or on values cut to the smallest; None where that helps nothing."""
    try:
        with torch.no_grad():
            return _made(name, args, kwargs)
    except Exception:  # noqa: BLE001 (then something else is wrong with the call)
        return None


def _made(name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    if name == "linear":
        return args[0].new_zeros(*args[0].shape[:-1], args[1].shape[0])
    if name in CONVOLUTIONS or name in TRANSPOSED:
        return _convolution(name, args, kwargs)
    if name in {"batch_norm", "instance_norm", "group_norm", "layer_norm", "prelu"}:
        return args[0].clone()
    if name in {"cat", "concat", "concatenate"}:
        dim = kwargs.get("dim", args[1] if len(args) > 1 else 0)
        return torch.cat(_cut(args[0], skip=dim % args[0][0].ndim), dim)
    if name in SUMS and all(isinstance(value, torch.Tensor) for value in args[:2]):
        first, second = _cut(args[:2], skip=None)
        return first + second
    return None


def groups_of(args: Sequence[Any], kwargs: Mapping[str, Any]) -> int:
    """The groups of a convolution, its seventh argument."""
    return int(kwargs.get("groups", args[6] if len(args) > 6 else 1))  # noqa: PLR2004 (the seventh)


def _convolution(name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Tensor:
    """With a weight for as many channels as enter."""
    x, weight = args[:2]
    if name in CONVOLUTIONS:
        fitting = weight.new_zeros(weight.shape[0], x.shape[1] // groups_of(args, kwargs), *weight.shape[2:])
        run: Callable[..., Tensor] = CONVOLUTIONS[name]
    else:
        fitting = weight.new_zeros(x.shape[1], *weight.shape[1:])
        run = TRANSPOSED[name]
    return run(x, fitting, *args[2:], **kwargs)


def _cut(values: Sequence[Tensor], *, skip: int | None) -> list[Tensor]:
    """Values of one rank, cut to the smallest along every axis but one; an axis of one is stretched, not cut to."""
    sizes = [[value.shape[axis] for value in values] for axis in range(values[0].ndim)]
    least = [min((n for n in each if n > 1), default=1) for each in sizes]
    found = []
    for value in values:
        cut = value
        for axis, size in enumerate(least):
            cut = cut if axis == skip else cut.narrow(axis, 0, min(size, cut.shape[axis]))
        found.append(cut)
    return found
