"""Functions of PyTorch that move or pick numbers, and products along named axes, in the notation."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import torch

from cnncalc.convert.torch_constants import index_of
from cnncalc.convert.torch_numbers import get, own_shape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.convert.torch_module import _Tracer
    from cnncalc.convert.torch_numbers import Function

LONGEST = 1024
"""Places that a spec lists, at most."""


def behind_batch(tracer: _Tracer, tensor: Any, dim: int) -> int:
    """An axis counted without the batch; of a value that exists once per network as it is.

    Raises:
        ValueError: it is the axis of the batch.
    """
    dim %= tensor.ndim
    missing: int = tensor.ndim - len(tracer.shape_of(tensor))
    if dim < missing:
        raise ValueError("an operation along the batch")
    return dim - missing


def einsum(tracer: _Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """``torch.einsum`` with the batch as first letter of every operand."""
    del kwargs
    tensors = list(args[1]) if isinstance(args[1], list | tuple) else list(args[1:])
    text = re.sub(r"\s", "", args[0])
    left, _, right = text.partition("->")
    parts = [*left.split(","), right]
    letters = sorted(set("".join(parts)) - {","})
    if not right or "." in text or len(letters) > 26:  # noqa: PLR2004 (the alphabet)
        raise ValueError(f"einsum('{text}', ...)")
    batch = right[0]
    small = {letter: chr(ord("a") + place) for place, letter in enumerate(x for x in letters if x != batch)}
    named = []
    for part, tensor in zip([*parts[:-1], right], [*tensors, None], strict=True):
        alone = tensor is not None and tracer.known(tensor) in tracer.once
        if part[:1] != batch and not alone:
            raise ValueError(f"einsum('{text}', ...) whose first axis is not the batch")
        named.append("".join(small[x] for x in part if x != batch))
    tracer.add("einsum", tensors, result, merge=True, arguments=f"axes={'_'.join(named)}")


def along(op: str) -> Function:
    """A function of one axis."""

    def run(tracer: _Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
        dim = get(args, kwargs, 1, "dim")
        tracer.add(f"{op} {behind_batch(tracer, args[0], dim)}", [args[0]], result)

    return run


def flip(tracer: _Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """``torch.flip``."""
    dims = get(args, kwargs, 1, "dims")
    dims = list(dims) if isinstance(dims, list | tuple) else list(args[1:])
    axes = [behind_batch(tracer, args[0], d) for d in dims]
    tracer.add(f"flip {axes[0]}" if len(axes) == 1 else f"flip ({','.join(map(str, axes))})", [args[0]], result)


def roll(tracer: _Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """``torch.roll``."""
    shifts, dims = get(args, kwargs, 1, "shifts"), get(args, kwargs, 2, "dims")
    shifts = [shifts] if isinstance(shifts, int) else list(shifts)
    dims = [dims] if isinstance(dims, int) else list(dims or ())
    if len(dims) != len(shifts):
        raise ValueError("roll of all numbers in a row")
    axes = [behind_batch(tracer, args[0], d) for d in dims]
    text = f"roll {_listed(shifts)} {_listed(axes)}"
    tracer.add(text, [args[0]], result)


def _listed(numbers: Sequence[int]) -> str:
    return str(numbers[0]) if len(numbers) == 1 else f"({','.join(map(str, numbers))})"


def topk(tracer: _Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """The values of ``torch.topk``."""
    k, dim = get(args, kwargs, 1, "k"), get(args, kwargs, 2, "dim", -1)
    if not get(args, kwargs, 3, "largest", default=True):
        raise ValueError("topk of the smallest")
    tracer.add(f"topk {k} {behind_batch(tracer, args[0], dim)}", [args[0]], result[0])


def repeat(tracer: _Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """``x.repeat`` and ``torch.tile``."""
    counts = get(args, kwargs, 1, "dims", kwargs.get("repeats"))
    counts = list(counts) if isinstance(counts, list | tuple | torch.Size) else list(args[1:])
    shape = tracer.shape_of(args[0])
    if len(counts) != args[0].ndim or any(n != 1 for n in counts[: args[0].ndim - len(shape)]):
        raise ValueError("repeat along the batch, or along new axes")
    tracer.add(f"tile {'x'.join(map(str, counts[args[0].ndim - len(shape) :]))}", [args[0]], result)


def interleaved(tracer: _Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """``torch.repeat_interleave``: every place of an axis several times."""
    times, dim = get(args, kwargs, 1, "repeats"), get(args, kwargs, 2, "dim")
    if not isinstance(times, int) or dim is None:
        raise ValueError("repeat_interleave of all numbers in a row, or by a tensor")
    shape, often = tracer.shape_of(args[0]), tracer.times_of(args[0])
    axis = behind_batch(tracer, args[0], dim)
    before, behind = shape[: axis + 1], shape[axis + 1 :]
    single, wide = (*before, 1, *behind), (*before, times, *behind)
    lifted = tracer.step(f"unsqueeze {axis + 1}", args[0], single, often)
    stretched = tracer.step(f"expand {'x'.join(map(str, wide))}", lifted, wide, often)
    tracer.add(f"flatten {axis} end={axis + 1}", [stretched], result)


def index_select(tracer: _Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """``torch.index_select`` with fixed places."""
    dim, index = get(args, kwargs, 1, "dim"), get(args, kwargs, 2, "index")
    if tracer.known(index) is not None or index.numel() > LONGEST:
        raise ValueError("index_select by a tensor of the network, or by too many places")
    places = ",".join(map(str, index.tolist()))
    tracer.add(f"take ({places},) {behind_batch(tracer, args[0], dim)}", [args[0]], result)


def chosen(tracer: _Tracer, tensor: torch.Tensor, items: Sequence[Any], result: torch.Tensor) -> None:
    """Fixed places of one axis, in any order: rows of a table of positions.

    Raises:
        ValueError: the places are not fixed, too many, or not all that is taken.
    """
    axis = next(axis for axis, item in enumerate(items) if isinstance(item, torch.Tensor))
    index = items[axis]
    if any(item != slice(None) for place, item in enumerate(items) if place != axis) or index.dtype == torch.bool:
        raise ValueError("indexing by a tensor and something else")
    rows = _rows(tracer, index)
    shape, count = tracer.shapes[tracer.known(tensor) or 0], index.numel()
    leaving = own_shape(result) if tracer.known(tensor) in tracer.once else tuple(result.shape[1:])
    steps: list[tuple[str, tuple[int, ...], list[int]]] = []
    if rows is None and count <= LONGEST and tracer.known(index) is None:
        places = ",".join(map(str, index.flatten().tolist()))
        steps.append((f"take ({places},) {axis}", (*shape[:axis], count, *shape[axis + 1 :]), []))
    elif rows is not None and axis in (0, 1):
        turned = (*shape[:2][::-1], *shape[2:]) if axis else shape
        steps += [("transpose 0 1", turned, [])] if axis else []
        steps.append(("select {0}", (count, *turned[1:]), [rows]))
        steps += [("transpose 0 1", (turned[1], count, *turned[2:]), [])] if axis else []
    else:
        raise ValueError("indexing by a tensor of the network, or by too many places")
    if steps[-1][1] != leaving:
        steps.append((f"reshape {'x'.join(map(str, leaving))}", leaving, []))
    for text, sizes, references in steps[:-1]:
        tensor = tracer.step(text, tensor, sizes, tracer.times_of(tensor), references)
    tracer.add(steps[-1][0], [tensor], result, references=steps[-1][2])


def _rows(tracer: _Tracer, index: torch.Tensor) -> int | None:
    """The value of a list of rows, which is one of the network or a table of relative positions; None for others."""
    known = tracer.known(index)
    if known is None:
        text = index_of(index)
        return tracer.own(f"{text} transient", (index.numel(),)) if text else None
    if known not in tracer.once:
        raise ValueError("indexing by a tensor that differs between samples")
    return known if len(tracer.shapes[known]) == 1 else tracer.own("flatten", (index.numel(),), [known])


def patches(op: str, *names: str) -> Function:
    """``F.unfold`` and ``F.fold``."""

    def run(tracer: _Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
        given = dict(zip(names, args[1:], strict=False)) | {k: v for k, v in kwargs.items() if k in names}
        usual = {"dilation": 1, "padding": 0, "stride": 1}
        words = [f"{k}={_size(v)}" for k, v in given.items() if k not in usual or v != usual[k]]
        tracer.add(" ".join([op, *words]), [args[0]], result)

    return run


def _size(value: Any) -> str:
    return str(value) if isinstance(value, int) else f"({','.join(map(str, value))})"


PLACES: dict[str, Function] = {
    "einsum": einsum, "cumsum": along("cumsum"), "flip": flip, "roll": roll, "topk": topk, "repeat": repeat, "tile": repeat,
    "index_select": index_select,
    "unfold": patches("unfold", "kernel_size", "dilation", "padding", "stride"),
    "fold": patches("fold", "output_size", "kernel_size", "dilation", "padding", "stride"),
}  # fmt: skip
"""By the name of the function."""
