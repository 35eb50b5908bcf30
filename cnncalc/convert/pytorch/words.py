"""Numbers, sizes and axes of PyTorch in the notation."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import torch

from cnncalc.convert.blocks import MARK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.layers.base import Shape


def own_shape(tensor: torch.Tensor) -> tuple[int, ...]:
    """The shape of a tensor that exists once per network: an axis of size 1 in front stands for the batch."""
    return tuple(tensor.shape[1:] if tensor.ndim > 1 and tensor.shape[0] == 1 else tensor.shape)


def exact(value: Any) -> Any:
    """A setting as our fields have it: floats as their shortest decimal, equal tuples as one number."""
    if isinstance(value, float):
        if math.isinf(value):
            return "inf" if value > 0 else "-inf"
        return int(value) if value == int(value) else Fraction(repr(value))
    if isinstance(value, list | tuple):
        values = tuple(map(exact, value))
        return values[0] if len(set(values)) == 1 and not isinstance(values[0], tuple) else values
    return value


def number(value: Any) -> str:
    """A value in the notation."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return (
            "x".join(map(str, value))
            if all(isinstance(v, int) and v >= 0 for v in value)
            else f"({', '.join(map(number, value))})"
        )
    if isinstance(value, Fraction):
        from cnncalc.spec.printer import print_number

        return print_number(value)
    return str(value)


def flags(module: Any, **names: str) -> list[str]:
    """``s=2`` and so on, where the value is not the usual one."""
    words = []
    for name, flag in names.items():
        value = exact(getattr(module, name))
        usual = 0 if name in ("padding", "output_padding") else 1
        if value != usual or flag == "s":
            words.append(f"{flag}={number(value)}")
    return words


def channels(count: int, entering: Shape) -> str:
    """A number of channels, with a mark of how many enter."""
    return f"{count}{MARK}{entering[0]}{MARK}" if entering else str(count)


def adaptive(op: str, entering: Shape, leaving: Shape) -> str:
    """An adaptive pooling by the size that leaves."""
    size = leaving[-(len(entering) - 1) :]
    if all(s == 1 for s in size):
        return "gap" if op == "adaptiveavgpool" else "gmp"
    return f"{op} {number(exact(size))}"


def dimension(op: str, dim: int, entering: Shape) -> str:
    """An operation along an axis, which PyTorch counts with the batch."""
    axis = dim - 1 if dim > 0 else dim + len(entering)
    if not 0 <= axis < len(entering):
        raise ValueError(f"{op} along the batch")
    return op if axis == 0 else f"{op} dim={axis}"


def reshaped(entering: Shape, leaving: Shape, dims: tuple[int, int] | None = None) -> str:
    """A reshape: ``flatten`` where it is one."""
    if len(leaving) <= 1:
        return "flatten"
    if dims is not None and len(entering) > len(leaving):
        start, end = (d - 1 if d > 0 else d for d in dims)
        return f"flatten {max(0, start)}" + ("" if end == -1 else f" end={end}")
    return f"reshape {'x'.join(map(str, leaving))}"


def padded(amounts: Sequence[int], mode: str, value: float) -> str:
    """``F.pad`` or a padding module: pairs from the last axis on."""
    pairs = [(amounts[i], amounts[i + 1]) for i in range(0, len(amounts), 2)][::-1]
    if any(low < 0 for pair in pairs for low in pair):
        raise ValueError("padding by a negative number")
    shown = [str(a) if a == b else f"{a}:{b}" for a, b in pairs]
    size = shown[0] if len(set(shown)) == 1 else f"({','.join(f'{a}:{b}' for a, b in pairs)})"
    words = ["pad", size]
    words += [mode] if mode not in ("constant", "zeros") else []
    words += [f"value={number(exact(float(value)))}"] if value and mode == "constant" else []
    return " ".join(words)


def resized(entering: Shape, leaving: Shape, mode: str, align: bool, factor: Any = None) -> str:  # noqa: FBT001 (a setting)
    """An interpolation, by its factor where that is whole, else to its size."""
    a, b = entering[1:], leaving[1:]
    factors = {Fraction(y, x) for x, y in zip(a, b, strict=True)}
    whole = len(factors) == 1 and next(iter(factors)).denominator == 1
    del factor
    size = str(next(iter(factors))) if whole else f"size={number(exact(b))}"
    words = [
        "upsample",
        size,
        *([mode.replace("-", "_")] if mode != "nearest" else []),
        *(["align_corners=true"] if align else []),
    ]
    return " ".join(words)


def tensors_in(value: Any) -> list[torch.Tensor]:
    """All tensors in nested lists, tuples and dicts."""
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return [tensor for item in value for tensor in tensors_in(item)]
    return []
