"""What a model calls besides its modules, by the name of the function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnncalc.convert.pytorch.functions import (
    joining,
    maps,
    numbers,
    parameters,
    places,
    products,
    reductions,
    sizes,
    slices,
)

if TYPE_CHECKING:
    from cnncalc.convert.pytorch.tracer import Function, Tracer

SILENT = frozenset(
    {
        "__get__", "size", "dim", "numel", "__len__", "shape", "is_floating_point", "type", "__bool__", "__format__", "__repr__",
        "new_zeros", "new_ones", "new_full", "new_empty", "new_tensor", "zeros_like", "ones_like", "full_like", "empty_like",
        "requires_grad_", "stride", "is_contiguous", "storage_offset", "ndimension", "get_device", "_has_compatible_shallow_copy_type",
    }
)  # fmt: skip
"""Questions about a tensor."""


SAME = frozenset(
    {
        "contiguous",
        "data",
        "detach",
        "clone",
        "to",
        "float",
        "alias",
        "requires_grad_",
        "type_as",
        "cpu",
        "cuda",
        "_to_copy",
        "positive",
        "feature_dropout",
    }
)
"""What gives the same numbers."""


def name_of(func: Any) -> str:
    """The name of a function: of an attribute's getter ``__get__``."""
    return str(getattr(func, "__name__", func))


def note(tracer: Tracer, name: str, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """Note a function call.

    Raises:
        ValueError: the format cannot say it.
        KeyError: nobody knows the function.
    """
    base = (
        name.rstrip("_")
        if not name.startswith("__")
        else {"__iadd__": "add", "__isub__": "sub", "__imul__": "mul", "__idiv__": "div", "__itruediv__": "div"}.get(
            name, name.strip("_")
        )
    )
    if base in SAME:
        sizes.same(tracer, args, result)
        return
    _FUNCTIONS[base](tracer, args, kwargs, result)


_FUNCTIONS: dict[str, Function] = {
    "relu": numbers.activation("relu"), "relu6": numbers.activation("relu6"), "sigmoid": numbers.activation("sigmoid"), "tanh": numbers.activation("tanh"),
    "gelu": numbers.gelu,
    "silu": numbers.activation("silu"), "mish": numbers.activation("mish"), "hardswish": numbers.activation("hardswish"),
    "hardsigmoid": numbers.activation("hardsigmoid"), "softsign": numbers.activation("softsign"), "logsigmoid": numbers.activation("logsigmoid"),
    "selu": numbers.activation("selu"), "elu": numbers.activation("elu", (1, "alpha", 1.0)), "celu": numbers.activation("celu", (1, "alpha", 1.0)),
    "leaky_relu": numbers.activation("leakyrelu", (1, "negative_slope", 0.01)), "softplus": numbers.activation("softplus", (1, "beta", 1), (2, "threshold", 20)),
    "hardtanh": numbers.activation("hardtanh", (1, "min_val", -1.0), (2, "max_val", 1.0)),
    "add": numbers.merge("add"), "radd": numbers.merge("add"), "sub": numbers.merge("sub"), "rsub": numbers.subtracted, "sign": numbers.sign,
    "mul": numbers.merge("mul"), "rmul": numbers.merge("mul"), "div": numbers.div, "truediv": numbers.div, "true_divide": numbers.div, "neg": numbers.neg,
    "matmul": products.matmul, "mm": products.matmul, "addmm": products.added, "baddbmm": products.added, "mv": products.vector, "dot": products.dot, "vdot": products.dot, "hstack": joining.hstack, "bmm": products.matmul,
    "cat": joining.cat, "concat": joining.cat, "concatenate": joining.cat, "mean": reductions.mean, "flatten": sizes.flatten, "reshape": sizes.reshape, "view": sizes.reshape,
    "unflatten": sizes.reshape, "reshape_as": sizes.reshape, "view_as": sizes.reshape, "unbind": joining.unbind, "stack": joining.stack, "addcmul": numbers.addcmul,
    "expand_as": sizes.expanded, "permute": sizes.permute, "transpose": sizes.transpose, "swapaxes": sizes.transpose, "t": sizes.turned, "T": sizes.turned, "mT": sizes.turned, "squeeze": sizes.reshape, "unsqueeze": sizes.reshape,
    "chunk": joining.chunk, "split": joining.split, "tensor_split": joining.split, "repeat_interleave": places.interleaved, "narrow": joining.narrow, "getitem": slices.getitem, "softmax": reductions.softmax("softmax"), "log_softmax": reductions.softmax("logsoftmax"),
    "dropout": maps.dropout("dropout"), "dropout2d": maps.dropout("dropout2d"), "dropout1d": maps.dropout("dropout1d"), "dropout3d": maps.dropout("dropout3d"),
    "alpha_dropout": maps.dropout("alphadropout"), "interpolate": maps.interpolate, "upsample": maps.interpolate, "pad": maps.pad,
    "scaled_dot_product_attention": products.sdpa, "normalize": reductions.normalize, "pixel_shuffle": places.shuffle("pixelshuffle"),
    "pixel_unshuffle": places.shuffle("pixelunshuffle"), "channel_shuffle": places.shuffle("shuffle"), "glu": reductions.softmax("glu"),
    **{f"adaptive_avg_pool{n}d": maps.adaptive_pool("adaptiveavgpool") for n in (1, 2, 3)},
    **{f"adaptive_max_pool{n}d": maps.adaptive_pool("adaptivemaxpool") for n in (1, 2, 3)},
    **{f"avg_pool{n}d": maps.pool("avgpool") for n in (1, 2, 3)},
    **{f"max_pool{n}d": maps.pool("maxpool") for n in (1, 2, 3)},
    **{
        f"conv{n}d": parameters.on_parameters("conv", "weight", "bias", "stride", "padding", "dilation", "groups") for n in (1, 2, 3)
    },
    **{
        f"conv_transpose{n}d": parameters.on_parameters("convtranspose", "weight", "bias", "stride", "padding", "output_padding", "groups", "dilation")
        for n in (1, 2, 3)
    },
    "_weight_norm": parameters.weight_norm,
    "embedding": parameters.on_parameters("embedding", "weight", "padding_idx"),
    "linear": parameters.on_parameters("linear", "weight", "bias"),
    "batch_norm": parameters.on_parameters("batchnorm", "running_mean", "running_var", "weight", "bias", "training", "momentum", "eps"),
    "layer_norm": parameters.on_parameters("layernorm", "normalized_shape", "weight", "bias", "eps"),
    "group_norm": parameters.on_parameters("groupnorm", "num_groups", "weight", "bias", "eps"),
    **{f"max_unpool{n}d": maps.unpool for n in (1, 2, 3)},
    **{name: numbers.element(name) for name in ("sqrt", "rsqrt", "square", "abs", "exp", "log", "sin", "cos", "erf", "reciprocal")},
    "pow": numbers.power, "clamp": numbers.clamp, "clip": numbers.clamp, "clamp_min": numbers.one_limit("min"), "clamp_max": numbers.one_limit("max"),
    "maximum": numbers.binary("max"), "minimum": numbers.binary("min"), "rtruediv": numbers.binary("div", turned=True), "rdiv": numbers.binary("div", turned=True),
    "sum": reductions.reduced("sum"), "max": reductions.extreme("amax", "max"), "min": reductions.extreme("amin", "min"), "amax": reductions.reduced("amax"), "amin": reductions.reduced("amin"), "logsumexp": reductions.reduced("logsumexp"),
    "var": reductions.reduced("var", words=(("correction", "correction", 1), ("unbiased", "correction", True))),
    "std": reductions.reduced("std", words=(("correction", "correction", 1), ("unbiased", "correction", True))),
    "argmax": reductions.reduced("argmax"), "norm": reductions.vector_norm, "vector_norm": reductions.vector_norm, "expand": sizes.expanded,
    "einsum": products.einsum, "cumsum": places.along("cumsum"), "flip": places.flip, "roll": places.roll, "topk": places.topk, "repeat": places.repeat, "tile": places.repeat,
    "index_select": slices.index_select,
    "unfold": places.patches("unfold", "kernel_size", "dilation", "padding", "stride"),
    "fold": places.patches("fold", "output_size", "kernel_size", "dilation", "padding", "stride"),
}  # fmt: skip
