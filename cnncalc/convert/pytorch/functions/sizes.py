"""Other sizes and other orders of axes: reshapes, permutations, stretched axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnncalc.convert.pytorch.functions.numbers import get
from cnncalc.convert.pytorch.words import own_shape, reshaped

if TYPE_CHECKING:
    import torch

    from cnncalc.convert.pytorch.tracer import Tracer
    from cnncalc.layers.base import Shape


def same(tracer: Tracer, args: Any, result: Any) -> None:
    """The result is the value that entered."""
    known = tracer.known(args[0])
    if known is not None:
        tracer.values[id(result)] = known
        tracer.alive.append(result)


def flatten(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """``torch.flatten``."""
    start, end = get(args, kwargs, 1, "start_dim", 0), get(args, kwargs, 2, "end_dim", -1)
    if start == 0 or tracer.known(args[0]) in tracer.once:
        reshape(tracer, args, kwargs, result)
        return
    tracer.add(reshaped(tracer.shape_of(args[0]), tracer.shape_of(result), (start, end)), [args[0]], result)


def reshape(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """Other sizes: ``view``, ``reshape``, ``squeeze``."""
    del kwargs
    if tracer.known(args[0]) in tracer.once:
        entering, leaving = tracer.shape_of(args[0]), tracer.own_size(args[0], result)
        if entering == leaving:
            same(tracer, args, result)
        else:
            made = tracer.add(reshaped(entering, leaving), [args[0]], result)
            tracer.shapes[made.output] = made.shape = leaving
        return
    rebatched(tracer, args[0], result)


def rebatched(tracer: Tracer, tensor: torch.Tensor, result: torch.Tensor) -> None:
    """Other sizes, with as many copies of every sample in the batch as before, or more, or fewer.

    Raises:
        ValueError: the batch is not the first axis, or is none of the result's.
    """
    entering, times = tracer.shape_of(tensor), tracer.times_of(tensor)
    if tracer.batch_at.get(id(tensor)) or result.ndim == 0 or result.shape[0] % tracer.batch:
        raise ValueError(f"a tensor of size {'x'.join(map(str, result.shape))} whose first axis is not the batch")
    wanted, leaving = result.shape[0] // tracer.batch, tuple(result.shape[1:])
    out, into = (
        (times // wanted, 1)
        if times % wanted == 0
        else (1, wanted // times)
        if wanted % times == 0
        else (times, wanted)
    )
    if into > 1 and not leaving:
        raise ValueError("a batch of single numbers")
    steps: list[tuple[str, Shape, int]] = []
    if out > 1:
        steps.append((f"frombatch {out}", (out, *entering), times // out))
    before = steps[-1][1] if steps else entering
    between = (into, *leaving) if into > 1 else leaving
    if before != between:
        steps.append((reshaped(before, between), between, times // out))
    if into > 1:
        steps.append(("tobatch", leaving, wanted))
    if not steps:
        same(tracer, (tensor,), result)
        return
    for text, shape, count in steps[:-1]:
        tensor = tracer.step(text, tensor, shape, count)
    tracer.add(steps[-1][0], [tensor], result, times=steps[-1][2])


def permute(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """``torch.permute``."""
    order = get(args, kwargs, 1, "dims")
    order = list(order) if isinstance(order, list | tuple) else list(args[1:])
    reordered(tracer, args[0], [d % len(order) for d in order], result)


def transpose(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """``torch.transpose``."""
    rank = args[0].ndim
    a, b = get(args, kwargs, 1, "dim0") % rank, get(args, kwargs, 2, "dim1") % rank
    order = list(range(rank))
    order[a], order[b] = b, a
    reordered(tracer, args[0], order, result)


def turned(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """``x.t()``, ``x.T``, ``x.mT``: the last two axes change places."""
    del kwargs
    rank = args[0].ndim
    if rank < 2 or tuple(result.shape[:-2]) != tuple(args[0].shape[:-2]):  # noqa: PLR2004 (a matrix)
        raise ValueError("all axes turned round")
    reordered(tracer, args[0], [*range(rank - 2), rank - 1, rank - 2], result)


def reordered(tracer: Tracer, tensor: torch.Tensor, order: list[int], result: Any) -> None:
    """Axes in another order; where the batch goes is remembered."""
    known = tracer.known(tensor)
    if known is not None and known in tracer.once:
        _reordered_own(tracer, tensor, order, result)
        return
    batch = tracer.batch_at.get(id(tensor), 0)
    own = [d - (d > batch) for d in order if d != batch]
    text = f"permute ({','.join(map(str, own))})"
    if sorted(own) == own:
        if known is not None:
            tracer.values[id(result)] = known
            tracer.batch_at[id(result)] = order.index(batch)
            tracer.alive.append(result)
        return
    swapped = [place for place, d in enumerate(own) if place != d]
    if len(swapped) == 2:  # noqa: PLR2004 (two axes change places)
        text = f"transpose {swapped[0]} {swapped[1]}"
    tracer.add(text, [tensor], result, batch=order.index(batch))


def _reordered_own(tracer: Tracer, tensor: torch.Tensor, order: list[int], result: Any) -> None:
    """Axes of a value of the network's own, which may have one of size 1 in front."""
    missing = tensor.ndim - len(tracer.shape_of(tensor))
    if order[:missing] != list(range(missing)):
        raise ValueError("a permutation that moves the batch of a value that has none")
    own = [d - missing for d in order[missing:]]
    if own == sorted(own):
        same(tracer, (tensor,), result)
        return
    swapped = [place for place, d in enumerate(own) if place != d]
    text = f"transpose {swapped[0]} {swapped[1]}" if len(swapped) == 2 else f"permute ({','.join(map(str, own))})"  # noqa: PLR2004 (two axes change places)
    tracer.add(text, [tensor], result)


def expanded(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """Axes of 1 that are stretched; a parameter repeated for every sample is the parameter."""
    del kwargs
    known = tracer.known(args[0])
    if known is None or known not in tracer.once:
        shape, leaving = tracer.shape_of(args[0]), tuple(result.shape[1:])
        if len(shape) != len(leaving):
            raise ValueError("expand along new axes")
        if shape == leaving:
            tracer.alias(args[0], result)
        else:
            tracer.add(f"expand {'x'.join(map(str, leaving))}", [args[0]], result)
        return
    shape = tracer.shapes[known]
    if result.shape[0] == tracer.batch and tuple(result.shape[1:]) == shape:
        tracer.alias(args[0], result)
        tracer.widened.add(id(result))
        return
    leaving = own_shape(result)
    tensor, whole = args[0], (*(1,) * (len(leaving) - len(shape)), *shape)
    if len(whole) > len(leaving):
        raise ValueError("expand along axes")
    if whole != shape:
        tensor = tracer.step(f"reshape {'x'.join(map(str, whole))}", tensor, whole, 1)
    tracer.add(f"expand {'x'.join(map(str, leaving))}", [tensor], result)


def whole(tracer: Tracer, tensor: torch.Tensor) -> torch.Tensor:
    """A value of the network's own with all axes of its tensor, where its value goes without one of size 1 in front."""
    shape = tuple(tensor.shape)
    if tracer.known(tensor) not in tracer.once or tracer.shape_of(tensor) == shape:
        return tensor
    return tracer.step(f"reshape {'x'.join(map(str, shape))}", tensor, shape, 1)
