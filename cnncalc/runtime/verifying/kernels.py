"""Arithmetic of the operations of ATen that read more than one number for each that they give: sums, norms, pools.

Each takes the arguments of the operation and its output, and gives operations by kind; what the kernel computes is said in
its docstring.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import torch


def _mean(args: Sequence[Any], out: torch.Tensor) -> dict[str, int]:
    """The sum of what a number of the output stands for, and a division."""
    return {"add": args[0].numel() - out.numel(), "div": out.numel()}


def _softmax(args: Sequence[Any], out: torch.Tensor) -> dict[str, int]:
    """The largest of a row, taken off, the exponential, the sum of a row, a division."""
    size, rows = out.numel(), out.numel() // max(args[0].shape[args[1]] if args[0].dim() else 1, 1)
    return {"cmp": size - rows, "add": size + size - rows, "exp": size, "div": size}


def _log_softmax(args: Sequence[Any], out: torch.Tensor) -> dict[str, int]:
    """The largest of a row, taken off, the exponential and its sum, the logarithm of that, taken off."""
    size, rows = out.numel(), out.numel() // max(args[0].shape[args[1]] if args[0].dim() else 1, 1)
    return {"cmp": size - rows, "add": 3 * size - rows, "exp": size + rows}


def _norm(weight: int) -> Callable[[Sequence[Any], torch.Tensor], dict[str, int]]:
    """Mean, variance and scale of every number; with weights a shift more: ``weight`` is their place."""

    def count(args: Sequence[Any], out: torch.Tensor) -> dict[str, int]:
        return {"add": (2 if args[weight] is None else 3) * out.numel(), "mul": 2 * out.numel()}

    return count


def _vector_norm(args: Sequence[Any], out: torch.Tensor) -> dict[str, int]:
    """The sum of powers of absolute values, and its root: squares for 2, nothing but absolute values for 1."""
    size, rest, power = args[0].numel(), args[0].numel() - out.numel(), args[1] if len(args) > 1 else 2
    if power == 1:
        return {"cmp": size, "add": rest}
    if power == 2:  # noqa: PLR2004 (the usual norm)
        return {"mul": size, "add": rest, "exp": out.numel()}
    return {"cmp": size, "exp": size + out.numel(), "add": rest}


def _sum(args: Sequence[Any], out: torch.Tensor) -> dict[str, int]:
    return {"add": args[0].numel() - out.numel()}


def _variance(args: Sequence[Any], out: torch.Tensor) -> dict[str, int]:
    """The mean, taken off, squared, summed, divided."""
    size = args[0].numel()
    return {"add": 3 * size - 2 * out.numel(), "mul": size, "div": 2 * out.numel()}


def _deviation(args: Sequence[Any], out: torch.Tensor) -> dict[str, int]:
    return {**_variance(args, out), "exp": out.numel()}


def _power(args: Sequence[Any], out: torch.Tensor) -> dict[str, int]:
    """A power; a product where PyTorch writes a square so, whose exponent is a whole number."""
    return {"mul" if isinstance(args[1], int) and args[1] == 2 else "exp": out.numel()}  # noqa: PLR2004 (a square)


def _log_sum_exp(args: Sequence[Any], out: torch.Tensor) -> dict[str, int]:
    """The largest, taken off, exponentials, their sum, its logarithm, the largest added."""
    size = args[0].numel()
    return {"cmp": size - out.numel(), "add": 2 * size, "exp": size + out.numel()}


def _clamp(args: Sequence[Any], out: torch.Tensor) -> dict[str, int]:
    return {"cmp": out.numel() * sum(limit is not None for limit in args[1:3])}


def _largest(args: Sequence[Any], out: torch.Tensor) -> dict[str, int]:
    """The largest of what a number of the output stands for."""
    return {"cmp": args[0].numel() - out.numel()}


def _max_pool(args: Sequence[Any], out: torch.Tensor) -> dict[str, int]:
    x, kernel, *more = args
    return {"cmp": max(0, _windows(x, out, kernel, *more) - out.numel())}


def _avg_pool(args: Sequence[Any], out: torch.Tensor) -> dict[str, int]:
    x, kernel, *more = args
    return {"add": max(0, _windows(x, out, kernel, *more[:2]) - out.numel()), "div": out.numel()}


def _windows(
    x: torch.Tensor, out: torch.Tensor, kernel: Any, stride: Any = (), padding: Any = 0, dilation: Any = 1, *_: Any
) -> int:
    """How many numbers all windows read together, padding included, but nothing behind it."""
    rank = len(kernel)
    axes = range(x.dim() - rank, x.dim())
    total: int = prod(x.shape[: x.dim() - rank])
    for place, axis in enumerate(axes):
        k, s = _at(kernel, place), _at(stride, place) if stride else _at(kernel, place)
        p, d = _at(padding, place), _at(dilation, place)
        starts = (o * s - p for o in range(out.shape[axis]))
        total *= sum(start + d * tap < x.shape[axis] + p for start in starts for tap in range(k))
    return total


def _at(value: Any, place: int) -> int:
    """One number for all axes, or one per axis."""
    values = value if isinstance(value, list | tuple) else [value]
    return int(values[place] if len(values) > 1 else values[0])


def _adaptive(args: Sequence[Any], out: torch.Tensor) -> int:
    x, rank = args[0], len(args[1])
    total: int = prod(x.shape[: x.dim() - rank])
    for axis in range(x.dim() - rank, x.dim()):
        n, count = x.shape[axis], out.shape[axis]
        total *= sum(-(-(o + 1) * n // count) - o * n // count for o in range(count))
    return total


def _adaptive_mean(args: Sequence[Any], out: torch.Tensor) -> dict[str, int]:
    return {"add": _adaptive(args, out) - out.numel(), "div": out.numel()}


def _adaptive_largest(args: Sequence[Any], out: torch.Tensor) -> dict[str, int]:
    return {"cmp": _adaptive(args, out) - out.numel()}


def _batch_norm(args: Sequence[Any], out: torch.Tensor) -> dict[str, int]:
    """Scale and shift per channel, folded: ``x * a + b``; with the statistics of the input itself as any norm."""
    if args[5]:
        return _norm(1)(args, out)
    return {"mul": out.numel(), "add": out.numel()}


def _elu(args: Sequence[Any], out: torch.Tensor) -> dict[str, int]:
    """``max(0, x) + min(0, a * (exp(x) - 1))``; times a scale for selu."""
    scale = 1 if len(args) < 3 or args[2] == 1 else 2  # noqa: PLR2004 (the third argument)
    return {"cmp": 2 * out.numel(), "exp": out.numel(), "add": 2 * out.numel(), "mul": scale * out.numel()}


def _running_sum(args: Sequence[Any], out: torch.Tensor) -> dict[str, int]:
    """An addition for every number but the first of a line."""
    return {"add": out.numel() - out.numel() // out.shape[args[1]]}


def _largest_few(args: Sequence[Any], out: torch.Tensor) -> dict[str, int]:
    """One search after the other, each among those that are left."""
    size, count = args[0].shape[args[2]], out.shape[args[2]]
    return {"cmp": out.numel() // count * sum(size - 1 - found for found in range(count))}


KERNELS: dict[str, Callable[[Sequence[Any], torch.Tensor], dict[str, int]]] = {
    "mean": _mean,
    "_softmax": _softmax,
    "_safe_softmax": _softmax,
    "_log_softmax": _log_softmax,
    "native_batch_norm": _batch_norm,
    "native_layer_norm": _norm(2),
    "native_group_norm": _norm(1),
    "linalg_vector_norm": _vector_norm,
    "pow": _power,
    "elu": _elu,
    "elu_": _elu,
    "sum": _sum,
    "var": _variance,
    "std": _deviation,
    "logsumexp": _log_sum_exp,
    "clamp": _clamp,
    "clamp_max": lambda args, out: _clamp(args[:2], out),
    "max": _largest,
    "amax": _largest,
    "amin": _largest,
    "argmax": _largest,
    "cumsum": _running_sum,
    "topk": _largest_few,
    "col2im": lambda args, _: {"add": args[0].numel()},
    "max_pool2d_with_indices": _max_pool,
    "max_pool3d_with_indices": _max_pool,
    "avg_pool2d": _avg_pool,
    "avg_pool3d": _avg_pool,
    "_adaptive_avg_pool2d": _adaptive_mean,
    "_adaptive_avg_pool3d": _adaptive_mean,
    "adaptive_max_pool2d": _adaptive_largest,
    "adaptive_max_pool3d": _adaptive_largest,
}
"""By the name in ATen."""
