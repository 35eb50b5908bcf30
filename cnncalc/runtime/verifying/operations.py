"""Arithmetic by kind, counted on the operations that PyTorch runs, each with the numbers that go through it.

One entry per operation of ATen that stands for arithmetic whose count is no matter of taste; what is computed for a number
is written out beside it, and what depends on windows and rows stands in ``kernels``. Multiply-accumulates are left to
torch's own counter. What is not listed is not counted, and then nothing is said about the layer.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from torch.utils._python_dispatch import TorchDispatchMode

from cnncalc.runtime.verifying.kernels import KERNELS

if TYPE_CHECKING:
    from collections.abc import Mapping

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
        "embedding",
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
        "transpose_",
        "unsafe_split",
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
        "scatter_",
        "aminmax",
        "_local_scalar_dense",
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
    "sigmoid_": {"mul": 1, "exp": 1, "add": 1, "div": 1},
    "mul_": {"mul": 1},
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
    "tanh_": {"mul": 1, "exp": 2, "add": 2, "div": 1},
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
    """Counts what runs inside, by kind.

    ``unknown`` names operations that are not listed, ``biases`` counts additions of one list to many.
    """

    def __init__(self) -> None:
        """Nothing yet."""
        super().__init__()  # type: ignore[no-untyped-call]
        self.counts: Counter[str] = Counter()
        self.unknown: set[str] = set()
        self.biases = 0

    def __torch_dispatch__(
        self, function: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Run an operation and count it."""
        result = function(*args, **(kwargs or {}))
        name = function._schema.name.partition("::")[2]  # noqa: SLF001 (torch's name of an operation)
        out = result[0] if isinstance(result, tuple | list) else result
        if kwargs and kwargs.get("approximate") == "tanh":
            name += "_tanh"
        if name == "add" and getattr(args[1], "ndim", 0) == 1 and args[0].ndim > 1:
            self.biases += out.numel()
        if name in PER_NUMBER:
            self.counts.update({kind: count * out.numel() for kind, count in PER_NUMBER[name].items()})
        elif name in KERNELS:
            self.counts.update(KERNELS[name](args, out))
        elif name not in MOVES and name not in PRODUCTS:
            self.unknown.add(name)
        return result
