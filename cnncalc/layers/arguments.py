"""What the arguments of many layers have in common: exact real numbers, axes, and how they appear in a torch call."""

from __future__ import annotations

from fractions import Fraction
from math import isqrt
from typing import Annotated, Any

from pydantic import Field

from cnncalc.diagnostics import ShapeError
from cnncalc.layers.base import Arg, Layer, Shape, TorchCall, shown

Real = int | Fraction
"""A real argument (a rate, a slope, an epsilon), kept exact."""

Count = Annotated[int, Field(gt=0)]
"""A whole number of at least 1."""

Rate = Annotated[Real, Field(ge=0, le=1)]
"""A probability."""

Positive = Annotated[Real, Field(gt=0)]
"""A real number greater than 0."""


def axis(dim: int, shape: Shape, argument: str = "dim", assume: Shape | None = None) -> int:
    """The index of a dimension that is counted without the batch: 0 channels, -1 the last.

    Raises:
        ShapeError: the value has no such axis.
    """
    if -len(shape) <= dim < len(shape):
        return dim % len(shape)
    message = f"{argument} {dim} is out of range: the input {shown(shape)} has {len(shape)} axes"
    hint = f"count from 0 (channels) to {len(shape) - 1} (last), without the batch"
    raise ShapeError(message, argument=argument, hint=hint, assume=assume or shape)


def spatial_rank(shape: Shape, op: str, ranks: tuple[int, ...] = (1, 2, 3)) -> int:
    """How many spatial axes a feature map has.

    Raises:
        ShapeError: the layer does not work on so many.
    """
    rank = len(shape) - 1
    if rank in ranks:
        return rank
    wanted = " or ".join(map(str, ranks)) if len(ranks) < 3 else f"{ranks[0]} to {ranks[-1]}"  # noqa: PLR2004 (a list)
    message = f"{op} needs {wanted} spatial axes; the input {shown(shape)} has {rank}"
    raise ShapeError(message, hint=f"put {op} on a feature map: channels, then the spatial axes", assume=shape)


TRIED = 256
"""Numbers that a hint tries as divisors: it finds all divisors of up to 65536 channels, and some of more."""


def divisors(number: int) -> list[int]:
    """Divisors of a number of channels, for a hint: all of them, or those below ``TRIED`` and their counterparts."""
    small = [d for d in range(1, min(isqrt(number), TRIED) + 1) if number % d == 0]
    return sorted({*small, *(number // d for d in small)})


def fitting_divisor(number: int, most: int) -> int:
    """The largest divisor that is found, at most ``most``."""
    return max(d for d in divisors(number) if d <= most)


def axes_of(value: Any, rank: int, argument: str) -> tuple[Any, ...]:
    """One value per spatial axis; a single value is meant for all of them.

    Raises:
        ShapeError: there are too few or too many.
    """
    if not isinstance(value, tuple):
        return (value,) * rank
    if len(value) == rank:
        return value
    if len(value) == 1 and isinstance(value[0], tuple):
        return value * rank  # one pair is meant for all axes
    message = f"{argument} has {len(value)} numbers, but the input has {rank} spatial axes"
    raise ShapeError(message, argument=argument, hint=f"give one number, or {rank}")


def keywords(layer: Layer, *fields: str) -> tuple[Arg, ...]:
    """Keyword arguments of a torch call for those fields that differ from their default, which is torch's."""
    known = type(layer).model_fields
    return tuple(Arg(getattr(layer, f), f, f) for f in fields if getattr(layer, f) != known[f].default)


def module(target: str, *arguments: Arg) -> TorchCall:
    """A call of a class of torch.nn."""
    return TorchCall("module", f"nn.{target}", arguments)


def helper(target: str, *arguments: Arg) -> TorchCall:
    """A call of a class that the emitted file brings along."""
    return TorchCall("helper", target, arguments)


def expression(text: str) -> TorchCall:
    """Python over the inputs."""
    return TorchCall("expression", text)


def literal(value: Any) -> str:
    """A number as Python source: exact numbers that are not whole become floats."""
    return repr(float(value) if isinstance(value, Fraction) else value)
