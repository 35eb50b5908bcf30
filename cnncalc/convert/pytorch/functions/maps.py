"""Pooling, padding and resizing of maps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnncalc.convert.pytorch.functions.numbers import get
from cnncalc.convert.pytorch.functions.sizes import same
from cnncalc.convert.pytorch.words import adaptive, exact, number, padded, resized

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

    from cnncalc.convert.pytorch.tracer import Tracer


def dropout(text: str) -> Callable[..., None]:
    """``F.dropout`` and its kin."""

    def run(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
        p = get(args, kwargs, 1, "p", 0.5)
        if result is args[0]:
            result = args[0]
        tracer.add(f"{text} {number(exact(float(p)))}", [args[0]], result, batch=tracer.batch_of(args[0]))

    return run


def adaptive_pool(op: str) -> Callable[..., None]:
    """``F.adaptive_avg_pool2d`` and its kin."""

    def run(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
        del kwargs
        tracer.add(adaptive(op, tracer.shape_of(args[0]), tracer.shape_of(result)), [args[0]], result)

    return run


def pool(op: str) -> Callable[..., None]:
    """``F.max_pool2d``, ``F.avg_pool2d`` and their kin."""

    def run(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
        kernel, stride = exact(get(args, kwargs, 1, "kernel_size")), exact(get(args, kwargs, 2, "stride"))
        words = [op, number(kernel)]
        words += [f"s={number(stride)}"] if stride not in (None, kernel, ()) else []
        padding = exact(get(args, kwargs, 3, "padding", 0))
        words += [f"p={number(padding)}"] if padding else []
        place = 5 if op == "maxpool" else 4
        if op == "maxpool" and exact(get(args, kwargs, 4, "dilation", 1)) != 1:
            words.append(f"d={number(exact(get(args, kwargs, 4, 'dilation', 1)))}")
        words += ["ceil"] if get(args, kwargs, place, "ceil_mode", default=False) else []
        words += (
            ["exclude"]
            if op == "avgpool" and padding and not get(args, kwargs, 5, "count_include_pad", default=True)
            else []
        )
        tracer.add(" ".join(words), [args[0]], result)

    return run


def interpolate(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """``F.interpolate``."""
    mode, align = get(args, kwargs, 3, "mode", "nearest"), bool(get(args, kwargs, 4, "align_corners", default=False))
    text = resized(tracer.shape_of(args[0]), tracer.shape_of(result), mode, align)
    if tracer.shape_of(args[0]) == tracer.shape_of(result):
        same(tracer, args, result)
        return
    tracer.add(text, [args[0]], result)


def pad(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """``F.pad``."""
    amounts, mode, value = (
        get(args, kwargs, 1, "pad"),
        get(args, kwargs, 2, "mode", "constant"),
        get(args, kwargs, 3, "value", 0) or 0,
    )
    axes = len(tracer.shape_of(args[0])) - 1
    amounts = list(amounts)
    if not any(amounts):
        same(tracer, args, result)
        return
    if len(amounts) > 2 * axes:
        _pad_last(tracer, args[0], amounts, mode, value, result)
        return
    amounts += [0] * (2 * axes - len(amounts))
    tracer.add(padded(amounts, mode, value), [args[0]], result)


MOST = 3
"""Axes of a map that can be padded."""


def _pad_last(tracer: Tracer, tensor: torch.Tensor, amounts: list[int], mode: str, value: Any, result: Any) -> None:
    """Padding of a map whose channels come last, which go to the front and back, or of all axes.

    Raises:
        ValueError: there are more axes than a map can have.
    """
    shape, times = tracer.shape_of(tensor), tracer.times_of(tensor)
    rank = len(shape)
    if len(amounts) != 2 * rank or (any(amounts[:2]) and rank > MOST):
        raise ValueError("padding of the channels")
    if any(amounts[:2]) or mode != "constant":  # all axes, as those of a map of one channel
        leaving = tuple(result.shape[1:])
        map_ = tracer.step("unsqueeze", tensor, (1, *shape), times)
        wide = tracer.step(padded(amounts, mode, value), map_, (1, *leaving), times)
        tracer.add("squeeze 0", [wide], result)
        return
    moved = (shape[-1], *shape[:-1])
    front = tracer.step(f"permute ({','.join(map(str, (rank - 1, *range(rank - 1))))})", tensor, moved, times)
    wide = tracer.step(padded(amounts[2:], mode, value), front, (shape[-1], *result.shape[1:-1]), times)
    tracer.add(f"permute ({','.join(map(str, (*range(1, rank), 0)))})", [wide], result)


def unpool(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """``F.max_unpool2d``, by the places of a max-pooling of the model."""
    pool = tracer.indices.get(id(get(args, kwargs, 1, "indices")))
    if pool is None:
        raise ValueError("max_unpool with indices that no max-pooling of the network gave")
    tracer.add("unpool {0}", [args[0]], result, references=[pool])
