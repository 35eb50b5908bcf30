"""Indexing: slices, places, rows of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from cnncalc.convert.pytorch.constants import index_of
from cnncalc.convert.pytorch.functions.numbers import get
from cnncalc.convert.pytorch.functions.places import LONGEST
from cnncalc.convert.pytorch.functions.sizes import same
from cnncalc.convert.pytorch.words import own_shape, reshaped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.convert.pytorch.tracer import Tracer
    from cnncalc.layers.base import Shape


def _spelled_out(given: Any, rank: int) -> tuple[Any, ...]:
    """An index with a slice for every axis that an ellipsis stands for."""
    index = given if isinstance(given, tuple) else (given,)
    places = [place for place, item in enumerate(index) if item is Ellipsis]
    if not places:
        return index
    missing = rank - sum(item is not None and item is not Ellipsis for item in index)
    return (*index[: places[0]], *(slice(None),) * missing, *index[places[0] + 1 :])


def _only_batch(tracer: Tracer, value: Any, index: tuple[Any, ...]) -> bool:
    """Whether ``[None]`` gives a value of the network's own the axis of the batch, which it has anyway."""
    whole = index[0] is None and all(item == slice(None) for item in index[1:])
    return whole and tracer.known(value) in tracer.once and len(tracer.shape_of(value)) == value.ndim


def getitem(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """``x[...]``."""
    del kwargs
    index = _spelled_out(args[1], args[0].ndim)
    if _only_batch(tracer, args[0], index):
        same(tracer, args, result)
        return
    known = tracer.known(args[0])
    if known is None:
        raise ValueError("indexing of a tensor that is no value of the network")
    missing = args[0].ndim - len(tracer.shapes[known]) if known in tracer.once else 1
    batch = tracer.batch_at.get(id(args[0]), 0)
    place = next(
        (p for p in range(len(index)) if p - sum(item is None for item in index[:p]) == batch and index[p] is not None),
        None,
    )
    if missing and (place is None or index[place] != slice(None)) and len(index) > batch:
        raise ValueError("indexing along the batch")
    items = index if not missing or place is None else (*index[:place], *index[place + 1 :])
    after = sum(not isinstance(item, int) for item in index[:place]) if place is not None and missing else 0
    if sum(isinstance(item, torch.Tensor) for item in items) == 1:
        chosen(tracer, args[0], items, result)
        return
    if any(not (item is None or isinstance(item, slice | int)) or isinstance(item, bool) for item in items):
        raise ValueError("indexing by anything but slices and numbers behind the batch")
    _sliced(tracer, args[0], items, result, after)


def _sliced(tracer: Tracer, tensor: torch.Tensor, items: tuple[Any, ...], result: Any, batch: int) -> None:
    """Slices and places of the axes behind the batch, and new axes of size 1."""
    known, times = tracer.known(tensor), tracer.times_of(tensor)
    shape = tracer.shapes[known] if known is not None else ()
    leaving = own_shape(result) if known in tracer.once else (*result.shape[:batch], *result.shape[batch + 1 :])
    steps: list[tuple[str, Shape]] = []
    for axis, item in enumerate(item for item in items if item is not None):
        if item == slice(None):
            continue
        size = shape[axis]
        start, stop, step = item.indices(size) if isinstance(item, slice) else (item % size, item % size + 1, 1)
        if step < 1:
            raise ValueError("a slice with a negative step")
        shape = (*shape[:axis], len(range(start, stop, step)), *shape[axis + 1 :])
        if shape[axis] < size:
            by = f" step={step}" if step > 1 else ""
            steps.append((f"slice {start} {stop}{by}" + (f" dim={axis}" if axis else ""), shape))
    if shape != leaving:
        steps.append((reshaped(shape, leaving), leaving))
    if not steps:
        same(tracer, (tensor,), result)
        if batch:
            tracer.batch_at[id(result)] = batch
        return
    for text, sizes in steps[:-1]:
        tensor = tracer.step(text, tensor, sizes, times)
    tracer.add(steps[-1][0], [tensor], result, batch=batch)


def index_select(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """``torch.index_select`` with fixed places."""
    dim, index = get(args, kwargs, 1, "dim"), get(args, kwargs, 2, "index")
    if tracer.known(index) is not None or index.numel() > LONGEST:
        raise ValueError("index_select by a tensor of the network, or by too many places")
    places = ",".join(map(str, index.tolist()))
    text = f"take ({places},) {tracer.axis(args[0], dim, 'index_select')}"
    tracer.add(text, [args[0]], result, batch=tracer.batch_of(args[0]))


def chosen(tracer: Tracer, tensor: torch.Tensor, items: Sequence[Any], result: torch.Tensor) -> None:
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


def _rows(tracer: Tracer, index: torch.Tensor) -> int | None:
    """The value of a list of rows, which is one of the network or a table of relative positions; None for others."""
    known = tracer.known(index)
    if known is None:
        text = index_of(index)
        return tracer.own(f"{text} transient", (index.numel(),)) if text else None
    if known not in tracer.once:
        raise ValueError("indexing by a tensor that differs between samples")
    return known if len(tracer.shapes[known]) == 1 else tracer.own("flatten", (index.numel(),), [known])
