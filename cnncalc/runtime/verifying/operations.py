"""Arithmetic by kind, counted on the operations that PyTorch runs, each with the numbers that go through it.

One entry per operation of ATen that stands for arithmetic whose count is no matter of taste; what a kernel computes is
written out beside it. Multiply-accumulates are left to torch's own counter. What is not listed is not counted, and then
nothing is said about the layer.
"""

from __future__ import annotations

from collections import Counter
from math import prod
from typing import TYPE_CHECKING, Any

from torch.utils._python_dispatch import TorchDispatchMode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import torch

MOVES = frozenset(
    [
        "_reshape_alias",
        "_unsafe_view",
        "alias",
        "arange",
        "as_strided",
        "as_strided_",
        "cat",
        "channel_shuffle",
        "clone",
        "constant_pad_nd",
        "copy_",
        "detach",
        "empty",
        "empty_like",
        "expand",
        "fill_",
        "index",
        "lift_fresh",
        "new_empty",
        "new_zeros",
        "permute",
        "pixel_shuffle",
        "pixel_unshuffle",
        "reflection_pad1d",
        "reflection_pad2d",
        "reflection_pad3d",
        "repeat",
        "replication_pad1d",
        "replication_pad2d",
        "replication_pad3d",
        "roll",
        "select",
        "slice",
        "split",
        "split_with_sizes",
        "squeeze",
        "stack",
        "t",
        "transpose",
        "unbind",
        "unfold",
        "unsqueeze",
        "upsample_nearest1d",
        "upsample_nearest2d",
        "upsample_nearest3d",
        "_upsample_nearest_exact1d",
        "_upsample_nearest_exact2d",
        "_upsample_nearest_exact3d",
        "view",
        "where",
        "zeros",
        "zeros_like",
        "zero_",
        "_to_copy",
        "max_unpool2d",
        "max_unpool3d",
        "im2col",
        "col2im",
        "flip",
        "index_select",
        "gather",
    ]
)
"""Nothing is computed: numbers are moved, or chosen."""

PRODUCTS = frozenset(
    [
        "convolution",
        "_convolution",
        "mm",
        "addmm",
        "bmm",
        "baddbmm",
        "linear",
        "mkldnn_linear",
        "mkldnn_convolution",
        "_slow_conv2d_forward",
    ]
)
"""Multiply-accumulates and a bias, which FlopCounterMode counts."""

PER_NUMBER: dict[str, dict[str, int]] = {
    "add": {"add": 1},
    "add_": {"add": 1},
    "sub": {"add": 1},
    "rsub": {"add": 1},
    "mul": {"mul": 1},
    "div": {"div": 1},
    "relu": {"cmp": 1},
    "relu_": {"cmp": 1},
    "threshold": {"cmp": 1},
    "threshold_": {"cmp": 1},
    "hardtanh": {"cmp": 2},
    "hardtanh_": {"cmp": 2},
    "maximum": {"cmp": 1},
    "minimum": {"cmp": 1},
    "eq": {"cmp": 1},
    "ne": {"cmp": 1},
    "lt": {"cmp": 1},
    "le": {"cmp": 1},
    "gt": {"cmp": 1},
    "ge": {"cmp": 1},
    "sqrt": {"exp": 1},
    "rsqrt": {"exp": 1, "div": 1},
    "square": {"mul": 1},
    "exp": {"exp": 1},
    "log": {"exp": 1},
    "sin": {"exp": 1},
    "cos": {"exp": 1},
    "erf": {"exp": 1},
    "neg": {"mul": 1},
    "reciprocal": {"div": 1},
    # x * min(max(x + 3, 0), 6) / 6
    "hardswish": {"add": 1, "cmp": 2, "mul": 1, "div": 1},
    "hardswish_": {"add": 1, "cmp": 2, "mul": 1, "div": 1},
    # min(max(x + 3, 0), 6) / 6
    "hardsigmoid": {"add": 1, "cmp": 2, "div": 1},
    "hardsigmoid_": {"add": 1, "cmp": 2, "div": 1},
    # 1 / (1 + exp(-1 * x))
    "sigmoid": {"mul": 1, "exp": 1, "add": 1, "div": 1},
    # x / (1 + exp(-1 * x)), as x * sigmoid(x)
    "silu": {"mul": 2, "exp": 1, "add": 1, "div": 1},
    "silu_": {"mul": 2, "exp": 1, "add": 1, "div": 1},
    # max(0, x) + slope * min(0, x)
    "leaky_relu": {"cmp": 2, "mul": 1, "add": 1},
    "leaky_relu_": {"cmp": 2, "mul": 1, "add": 1},
    "_prelu_kernel": {"cmp": 2, "mul": 1, "add": 1},
    # elu with exp(x / a)
    "celu": {"cmp": 2, "exp": 1, "add": 2, "mul": 1, "div": 1},
    "celu_": {"cmp": 2, "exp": 1, "add": 2, "mul": 1, "div": 1},
    # a / (1 + exp(-1 * b)), as a * sigmoid(b)
    "glu": {"mul": 2, "exp": 1, "add": 1, "div": 1},
    # (exp(x) - exp(-1 * x)) / (exp(x) + exp(-1 * x))
    "tanh": {"mul": 1, "exp": 2, "add": 2, "div": 1},
    # x if x is large, else log(1 + exp(b * x)) / b
    "softplus": {"mul": 1, "exp": 2, "add": 1, "div": 1, "cmp": 1},
    # min(0, x) - log(1 + exp(-|x|)), the sign by a comparison
    "log_sigmoid_forward": {"cmp": 2, "mul": 1, "exp": 2, "add": 2},
    # x * tanh(log(1 + exp(x)))
    "mish": {"exp": 4, "add": 3, "div": 1, "mul": 2},
    "mish_": {"exp": 4, "add": 3, "div": 1, "mul": 2},
    "abs": {"cmp": 1},
    "clamp_min": {"cmp": 1},
    # 0.5 * x * (1 + erf(x * sqrt(1 / 2)))
    "gelu": {"mul": 3, "exp": 1, "add": 1},
    # 0.5 * x * (1 + tanh(c * (x + 0.044715 * x * x * x))), the hyperbolic tangent as above
    "gelu_tanh": {"mul": 7, "exp": 2, "add": 4, "div": 1},
    # taps of an interpolation: a product each, and their sum
    "upsample_linear1d": {"mul": 2, "add": 1},
    "upsample_bilinear2d": {"mul": 4, "add": 3},
    "upsample_trilinear3d": {"mul": 8, "add": 7},
    "upsample_bicubic2d": {"mul": 16, "add": 15},
}
"""Operations per number of the output, by the name in ATen."""


class Operations(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts what runs inside, by kind; ``unknown`` names operations that are not listed."""

    def __init__(self) -> None:
        """Nothing yet."""
        super().__init__()  # type: ignore[no-untyped-call]
        self.counts: Counter[str] = Counter()
        self.unknown: set[str] = set()

    def __torch_dispatch__(
        self, function: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Run an operation and count it."""
        result = function(*args, **(kwargs or {}))
        name = function._schema.name.partition("::")[2]  # noqa: SLF001 (torch's name of an operation)
        out = result[0] if isinstance(result, tuple | list) else result
        if kwargs and kwargs.get("approximate") == "tanh":
            name += "_tanh"
        if name in PER_NUMBER:
            self.counts.update({kind: count * out.numel() for kind, count in PER_NUMBER[name].items()})
        elif name in _OTHERS:
            self.counts.update(_OTHERS[name](args, out))
        elif name not in MOVES and name not in PRODUCTS:
            self.unknown.add(name)
        return result


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


_OTHERS: dict[str, Callable[[Sequence[Any], torch.Tensor], dict[str, int]]] = {
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
    "max_pool2d_with_indices": _max_pool,
    "max_pool3d_with_indices": _max_pool,
    "avg_pool2d": _avg_pool,
    "avg_pool3d": _avg_pool,
    "_adaptive_avg_pool2d": _adaptive_mean,
    "_adaptive_avg_pool3d": _adaptive_mean,
    "adaptive_max_pool2d": _adaptive_largest,
    "adaptive_max_pool3d": _adaptive_largest,
}
