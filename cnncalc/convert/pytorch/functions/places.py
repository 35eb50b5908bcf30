"""Functions that move numbers to other places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from cnncalc.convert.pytorch.functions.numbers import get

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cnncalc.convert.pytorch.tracer import Function, Tracer


LONGEST = 1024
"""Places that a spec lists, at most."""


def along(op: str) -> Function:
    """A function of one axis."""

    def run(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
        dim = get(args, kwargs, 1, "dim")
        tracer.add(f"{op} {tracer.axis(args[0], dim, op)}", [args[0]], result, batch=tracer.batch_of(args[0]))

    return run


def flip(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """``torch.flip``."""
    dims = get(args, kwargs, 1, "dims")
    dims = list(dims) if isinstance(dims, list | tuple) else list(args[1:])
    text = f"flip {_listed([tracer.axis(args[0], d, 'flip') for d in dims])}"
    tracer.add(text, [args[0]], result, batch=tracer.batch_of(args[0]))


def roll(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """``torch.roll``."""
    shifts, dims = get(args, kwargs, 1, "shifts"), get(args, kwargs, 2, "dims")
    shifts = [shifts] if isinstance(shifts, int) else list(shifts)
    dims = [dims] if isinstance(dims, int) else list(dims or ())
    if len(dims) != len(shifts):
        raise ValueError("roll of all numbers in a row")
    text = f"roll {_listed(shifts)} {_listed([tracer.axis(args[0], d, 'roll') for d in dims])}"
    tracer.add(text, [args[0]], result, batch=tracer.batch_of(args[0]))


def _listed(numbers: Sequence[int]) -> str:
    return str(numbers[0]) if len(numbers) == 1 else f"({','.join(map(str, numbers))})"


def topk(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """The values of ``torch.topk``."""
    k, dim = get(args, kwargs, 1, "k"), get(args, kwargs, 2, "dim", -1)
    if not get(args, kwargs, 3, "largest", default=True):
        raise ValueError("topk of the smallest")
    tracer.add(f"topk {k} {tracer.axis(args[0], dim, 'topk')}", [args[0]], result[0], batch=tracer.batch_of(args[0]))


def repeat(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """``x.repeat`` and ``torch.tile``."""
    counts = get(args, kwargs, 1, "dims", kwargs.get("repeats"))
    counts = list(counts) if isinstance(counts, list | tuple | torch.Size) else list(args[1:])
    shape = tracer.shape_of(args[0])
    if len(counts) != args[0].ndim or any(n != 1 for n in counts[: args[0].ndim - len(shape)]):
        raise ValueError("repeat along the batch, or along new axes")
    tracer.add(f"tile {'x'.join(map(str, counts[args[0].ndim - len(shape) :]))}", [args[0]], result)


def interleaved(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """``torch.repeat_interleave``: every place of an axis several times."""
    times, dim = get(args, kwargs, 1, "repeats"), get(args, kwargs, 2, "dim")
    if not isinstance(times, int) or dim is None:
        raise ValueError("repeat_interleave of all numbers in a row, or by a tensor")
    shape, often = tracer.shape_of(args[0]), tracer.times_of(args[0])
    axis = tracer.axis(args[0], dim, "repeat_interleave")
    before, behind = shape[: axis + 1], shape[axis + 1 :]
    single, wide = (*before, 1, *behind), (*before, times, *behind)
    lifted = tracer.step(f"unsqueeze {axis + 1}", args[0], single, often)
    stretched = tracer.step(f"expand {'x'.join(map(str, wide))}", lifted, wide, often)
    tracer.add(f"flatten {axis} end={axis + 1}", [stretched], result)


def windows(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """``x.unfold(dimension, size, step)``: windows of one axis, whose places become the last axis."""
    dim, size, step = (get(args, kwargs, i + 1, name) for i, name in enumerate(("dimension", "size", "step")))
    shape, times = tracer.shape_of(args[0]), tracer.times_of(args[0])
    axis = tracer.axis(args[0], dim, "unfold")
    count = (shape[axis] - size) // step + 1
    if count * size > LONGEST:
        raise ValueError("unfold of too many places")
    places = [window * step + place for window in range(count) for place in range(size)]
    before, behind = shape[:axis], shape[axis + 1 :]
    tensor, parted = args[0], (*before, count, size, *behind)
    if places != list(range(shape[axis])):
        listed = ",".join(map(str, places))
        tensor = tracer.step(f"take ({listed},) {axis}", tensor, (*before, len(places), *behind), times)
    order = [*range(axis + 1), *range(axis + 2, len(parted)), axis + 1]
    if order == sorted(order):
        tracer.add(f"reshape {'x'.join(map(str, parted))}", [tensor], result, batch=tracer.batch_of(args[0]))
        return
    tensor = tracer.step(f"reshape {'x'.join(map(str, parted))}", tensor, parted, times)
    tracer.add(f"permute ({','.join(map(str, order))})", [tensor], result, batch=tracer.batch_of(args[0]))


def patches(op: str, *names: str) -> Function:
    """``F.unfold`` and ``F.fold``."""

    def run(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
        if op == "unfold" and result.ndim == args[0].ndim + 1:
            windows(tracer, args, kwargs, result)
            return
        given = dict(zip(names, args[1:], strict=False)) | {k: v for k, v in kwargs.items() if k in names}
        usual = {"dilation": 1, "padding": 0, "stride": 1}
        words = [f"{k}={_size(v)}" for k, v in given.items() if k not in usual or v != usual[k]]
        tracer.add(" ".join([op, *words]), [args[0]], result)

    return run


def _size(value: Any) -> str:
    return str(value) if isinstance(value, int) else f"({','.join(map(str, value))})"


def shuffle(text: str) -> Callable[..., None]:
    """A shuffle with one number."""

    def run(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
        del kwargs
        tracer.add(f"{text} {args[1]}", [args[0]], result)

    return run
