"""PyTorch's modules in the notation. The module's own attributes say what differs from our defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from cnncalc.convert.blocks import MARK
from cnncalc.convert.pytorch.words import adaptive, channels, dimension, exact, flags, number, padded, reshaped, resized
from cnncalc.layers import registry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.layers.base import Shape

NAMES: dict[str, str] = {
    "LocalResponseNorm": "lrn", "BatchNorm": "batchnorm", "SyncBatchNorm": "batchnorm", "InstanceNorm": "instancenorm",
    "Conv": "conv", "ConvTranspose": "convtranspose", "MaxPool": "maxpool", "AvgPool": "avgpool", "LPPool": "lppool",
    "AdaptiveAvgPool": "adaptiveavgpool", "AdaptiveMaxPool": "adaptivemaxpool", "ZeroPad": "pad", "ReflectionPad": "pad",
    "ReplicationPad": "pad", "CircularPad": "pad", "ConstantPad": "pad", "Softmax2d": "softmax", "Unflatten": "reshape",
    "MultiheadAttention": "attention", "UpsamplingNearest": "upsample", "UpsamplingBilinear": "upsample", "Dropout": "dropout",
    "StochasticDepth": "stochasticdepth", "DropPath": "stochasticdepth", "FeatureAlphaDropout": "",
}  # fmt: skip
"""Classes whose name is not ours, without the number of axes behind it."""


SKIP = frozenset({"inplace", "padding_mode", "out_channels", "out_features", "num_groups", "kernel_size"})


def op_of(module: nn.Module) -> str | None:
    """Our name for a module of torch.nn; None if there is none. Subclasses have code of their own and are looked into."""
    kind = type(module)
    if kind.__name__ in _OURS and kind.__module__.startswith("cnncalc_"):
        return _OURS[kind.__name__]
    own = kind.__module__.startswith("torch.") or kind.__name__ in ("StochasticDepth", "DropPath")
    if not own or isinstance(module.__dict__.get("weight"), torch.Tensor):  # a weight that a hook computes
        return None
    name = kind.__name__
    base = name[:-2] if name[-2:] in ("1d", "2d", "3d") and not name.startswith("Dropout") else name
    found = NAMES.get(name, NAMES.get(base, base.lower()))
    return found if registry.lookup(found) is not None else None


def text_of(op: str, module: nn.Module, entering: Shape, leaving: Shape) -> str:
    """The stage for a module.

    Raises:
        ValueError: the module has a setting that the format does not know; the message says which.
    """
    special = _SPECIAL.get(op)
    if special is not None:
        text: str = special(module, entering, leaving)
        return text
    return " ".join([op, *_settings(op, module)])


def _settings(op: str, module: Any, skip: frozenset[str] = SKIP) -> list[str]:
    """Fields of our layer that the module sets otherwise than by default."""
    kind = registry.lookup(op)
    assert kind is not None  # noqa: S101 (asked before)
    words = []
    for name, field in kind.model_fields.items():
        named = name in kind.references and not isinstance(field.default, bool)  # a value of the network, no setting
        if named or name in skip or not hasattr(module, name):
            continue
        value = exact(getattr(module, name))
        if name == "bias" and isinstance(value, torch.Tensor | nn.Parameter | type(None)):
            value = value is not None
        if value is None or (not field.is_required() and value == field.default):
            continue
        word = next((w for w, sets in kind.words.items() if sets == {name: value}), None)
        words.append(word or f"{name}={number(value)}")
    return words


TWO = 2
"""The usual norm of a pooling by norm."""


def complete(op: str, like: Any) -> None:
    """Give the settings of a function the names that the module's have."""
    weight = getattr(like, "weight", None)
    if op in ("conv", "convtranspose") and weight is not None:
        usual = {
            "stride": 1,
            "padding": 0,
            "dilation": 1,
            "groups": 1,
            "output_padding": 0,
            "padding_mode": "zeros",
            "bias": None,
        }
        like.__dict__.update({name: value for name, value in usual.items() if not hasattr(like, name)})
        like.kernel_size = tuple(weight.shape[2:])
        like.out_channels = weight.shape[0] if op == "conv" else weight.shape[1] * like.groups
    elif op == "linear" and weight is not None:
        like.out_features = weight.shape[0]
        like.bias = getattr(like, "bias", None)
    elif op == "embedding" and weight is not None:
        like.num_embeddings, like.embedding_dim = weight.shape
    elif op == "batchnorm":
        like.affine, like.track_running_stats = weight is not None, getattr(like, "running_mean", None) is not None
    elif op in ("layernorm", "groupnorm"):
        like.affine = like.elementwise_affine = weight is not None


def _conv(module: Any, entering: Shape, leaving: Shape) -> str:
    words = ["conv", channels(module.out_channels, entering), number(exact(module.kernel_size))]
    if isinstance(module.padding, str):
        words += [f"s={number(exact(module.stride))}", *(["same"] if module.padding == "same" else [])]
        words += flags(module, dilation="d")
    else:
        words += flags(module, stride="s", padding="p", dilation="d")
    if module.groups != 1:
        words.append(f"g={channels(module.groups, entering)}")
    words += ["nobias"] if module.bias is None else []
    words += [module.padding_mode] if module.padding_mode != "zeros" else []
    del leaving
    return " ".join(words)


def _transposed(module: Any, entering: Shape, leaving: Shape) -> str:
    words = ["convt", channels(module.out_channels, entering), number(exact(module.kernel_size))]
    words += flags(module, stride="s", padding="p", output_padding="op", dilation="d")
    words += [f"g={module.groups}"] if module.groups != 1 else []
    del leaving
    return " ".join([*words, *(["nobias"] if module.bias is None else [])])


def _linear(module: Any, entering: Shape, leaving: Shape) -> str:
    del leaving
    count = f"{module.out_features}{MARK}{entering[-1]}{MARK}" if len(entering) == 1 else str(module.out_features)
    words = ["linear", count, *(["last"] if len(entering) > 1 else []), *(["nobias"] if module.bias is None else [])]
    return " ".join(words)


def _pool(op: str) -> Any:
    def text(module: Any, entering: Shape, leaving: Shape) -> str:
        del entering, leaving
        kernel, stride = exact(module.kernel_size), exact(module.stride)
        words = [op, number(kernel)]
        if stride is not None and stride != kernel:
            words.append(f"s={number(stride)}")
        for name, flag, usual in (("padding", "p", 0), ("dilation", "d", 1)):
            value = exact(getattr(module, name, usual))
            words += [f"{flag}={number(value)}"] if value != usual else []
        words += ["ceil"] if getattr(module, "ceil_mode", False) else []
        words += ["exclude"] if op == "avgpool" and exact(module.padding) != 0 and not module.count_include_pad else []
        norm = exact(float(getattr(module, "norm_type", TWO)))
        words += [f"norm_type={number(norm)}"] if norm != TWO else []
        if getattr(module, "divisor_override", None) is not None:
            raise ValueError("avgpool with divisor_override")
        return " ".join(words)

    return text


def _norm(module: Any, entering: Shape, leaving: Shape) -> str:
    del leaving
    if not hasattr(module, "normalized_shape"):
        return " ".join(["layernorm", "channels", *_settings("layernorm", module)])
    wanted = tuple(module.normalized_shape)
    if len(wanted) == 1 and entering[-1] == wanted[0]:
        words = ["layernorm", *(["last"] if len(entering) > 2 else [])]  # noqa: PLR2004 (a map)
    elif wanted == entering:
        words = ["layernorm", "all"]
    else:
        raise ValueError(f"LayerNorm over {wanted} of {entering}")
    return " ".join([*words, *_settings("layernorm", module)])


def _dim(op: str) -> Any:
    def text(module: Any, entering: Shape, leaving: Shape) -> str:
        del leaving
        if type(module).__name__ == "Softmax2d":
            return op
        return dimension(op, module.dim if module.dim is not None else 1, entering)

    return text


def _prelu(module: Any, entering: Shape, leaving: Shape) -> str:
    del entering, leaving
    return "prelu channelwise" if module.num_parameters > 1 else "prelu"


def _groupnorm(module: Any, entering: Shape, leaving: Shape) -> str:
    del entering, leaving
    return " ".join(["groupnorm", str(module.num_groups), *_settings("groupnorm", module)])


def _flatten(module: Any, entering: Shape, leaving: Shape) -> str:
    return reshaped(entering, leaving, (module.start_dim, module.end_dim))


def _unflatten(module: Any, entering: Shape, leaving: Shape) -> str:
    del module
    return reshaped(entering, leaving)


def _pad(module: Any, entering: Shape, leaving: Shape) -> str:
    del leaving
    amounts = module.padding if isinstance(module.padding, tuple) else (module.padding,) * (2 * (len(entering) - 1))
    kind = type(module).__name__
    mode = next((m for m in ("reflect", "replicat", "circular") if kind.lower().startswith(m)), "constant")
    return padded(amounts, {"replicat": "replicate"}.get(mode, mode), float(getattr(module, "value", 0) or 0))


def _upsample(module: Any, entering: Shape, leaving: Shape) -> str:
    return resized(entering, leaving, module.mode, bool(module.align_corners), factor=module.scale_factor)


def _attention(module: Any, entering: Shape, leaving: Shape) -> str:
    del entering, leaving
    return f"attention {module.num_heads}" + ("" if module.in_proj_bias is not None else " nobias")


def _embedding(module: Any, entering: Shape, leaving: Shape) -> str:
    del entering, leaving
    if getattr(module, "max_norm", None) is not None:
        raise ValueError("an embedding whose rows are made shorter, max_norm")
    padding = getattr(module, "padding_idx", None)
    words = ["embedding", str(module.num_embeddings), str(module.embedding_dim)]
    return " ".join([*words, *([] if padding is None else [f"padding_idx={padding}"])])


def _depth(module: Any, entering: Shape, leaving: Shape) -> str:
    del entering, leaving
    p = getattr(module, "p", None)
    p = float((getattr(module, "drop_prob", 0.0) if p is None else p) or 0.0)
    mode = getattr(module, "mode", "row")
    return f"stochasticdepth {number(exact(p))}" + (" batch" if mode == "batch" else "")


def _identity(module: Any, entering: Shape, leaving: Shape) -> str:
    del module, entering, leaving
    return "identity"


_SPECIAL: dict[str, Any] = {
    "conv": _conv, "convtranspose": _transposed, "linear": _linear, "maxpool": _pool("maxpool"), "avgpool": _pool("avgpool"),
    "lppool": _pool("lppool"), "layernorm": _norm, "softmax": _dim("softmax"), "logsoftmax": _dim("logsoftmax"), "glu": _dim("glu"),
    "prelu": _prelu, "groupnorm": _groupnorm, "flatten": _flatten, "reshape": _unflatten, "pad": _pad, "upsample": _upsample,
    "attention": _attention, "embedding": _embedding, "stochasticdepth": _depth, "identity": _identity,
    "adaptiveavgpool": lambda module, a, b: adaptive("adaptiveavgpool", a, b),
    "adaptivemaxpool": lambda module, a, b: adaptive("adaptivemaxpool", a, b),
    "channelshuffle": lambda module, a, b: f"shuffle {module.groups}",
    "pixelshuffle": lambda module, a, b: f"pixelshuffle {module.upscale_factor}",
    "pixelunshuffle": lambda module, a, b: f"pixelunshuffle {module.downscale_factor}",
}  # fmt: skip


_OURS: dict[str, str] = {
    "Maxout": "maxout", "UnsharedConv": "local", "LayerScale": "layerscale", "ChannelLayerNorm": "layernorm",
    "BedOfNails": "bednails", "SequenceRNN": "rnn", "SequenceLSTM": "lstm", "SequenceGRU": "gru", "SelfAttention": "attention", "StochasticDepth": "stochasticdepth",
    **{f"MinPool{n}d": "minpool" for n in (1, 2, 3)},
    **{f"PaddedMaxPool{n}d": "maxpool" for n in (1, 2, 3)},
}  # fmt: skip
"""Classes that emitted modules bring along."""


def _sides(sides: Sequence[int]) -> list[str]:
    """Padding as F.pad takes it."""
    pairs = [f"{sides[i]}:{sides[i + 1]}" for i in range(0, len(sides), 2)][::-1]
    return [f"p=({','.join(pairs)}{',' if len(pairs) == 1 else ''})"] if any(sides) else []


def _unshared(module: Any, entering: Shape, leaving: Shape) -> str:
    rank = len(entering) - 1
    tiled = module.tiles != leaving[1:]
    words = ["tiled" if tiled else "local", str(module.weight.shape[rank]), number(exact(module.kernel_size))]
    words += [f"tile={number(exact(module.tiles))}"] if tiled else []
    words += [*flags(module, stride="s", dilation="d"), *_sides(module.sides)]
    return " ".join([*words, *(["nobias"] if module.bias is None else [])])


def _maxpool(module: Any, entering: Shape, leaving: Shape) -> str:
    return " ".join([_pool("maxpool")(module, entering, leaving), *_sides(getattr(module, "sides", ()))])


_SPECIAL |= {
    "local": _unshared,
    "maxpool": _maxpool,
    "minpool": _pool("minpool"),
    "maxout": lambda module, a, b: f"maxout {module.pieces}",
    "bednails": lambda module, a, b: f"bednails {number(exact(module.scale))}",
    "layerscale": lambda module, a, b: "layerscale",
}
