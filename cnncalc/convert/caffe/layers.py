"""Caffe's own layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnncalc.convert.builder import pads, size, sizes
from cnncalc.convert.caffe.others import Others, number

if TYPE_CHECKING:
    from cnncalc.convert.builder import Builder
    from cnncalc.convert.prototext import Message


class Layers(Others):
    """Methods by the names of layers. ``after``: values that a Scale reads; ``normalised``: those that one is part of."""

    def __init__(self, build: Builder) -> None:
        """The network under construction."""
        super().__init__(build)
        self.after: set[str] = set()
        self.normalised: dict[int, Any] = {}

    def window(self, values: Message, axes: int) -> tuple[list[int], list[int], list[int], list[int]]:
        """Kernel, stride, padding and dilation per axis."""
        return (
            _axes(values, "kernel_size", "kernel", axes, 1),
            _axes(values, "stride", "stride", axes, 1),
            _axes(values, "pad", "pad", axes, 0),
            _axes(values, "dilation", "dilation", axes, 1),
        )

    def on_convolution(self, layer: Message, sources: list[int]) -> int:
        values = layer.message("convolution_param")
        axes = len(self.build.shapes[sources[0]]) - 1
        kernel, stride, pad, dilation = self.window(values, axes)
        words = [
            "conv",
            str(values.get("num_output")),
            size(kernel),
            *sizes("s", stride),
            *pads(pad, pad),
            *sizes("d", dilation),
        ]
        words += [f"g={values.get('group')}"] if values.get("group", 1) != 1 else []
        words += ["nobias"] if values.get("bias_term", True) is False else []
        return self.build.add(" ".join(words), sources[0], name=str(layer.get("name", "")))

    def on_convolutiondepthwise(self, layer: Message, sources: list[int]) -> int:
        """A window for every channel by itself, whatever the file says of groups."""
        channels = self.build.reach(sources[0])[0]
        layer.message("convolution_param").fields["group"] = [channels]
        layer.message("convolution_param").fields.setdefault("num_output", [channels])
        return self.on_convolution(layer, sources)

    on_depthwiseconvolution = on_depthwiseconv = on_convolutiondepthwise

    def on_deconvolution(self, layer: Message, sources: list[int]) -> int:
        values = layer.message("convolution_param")
        kernel, stride, pad, dilation = self.window(values, len(self.build.shapes[sources[0]]) - 1)
        words = [
            "convt",
            str(values.get("num_output")),
            size(kernel),
            *sizes("s", stride),
            *pads(pad, pad),
            *sizes("d", dilation),
        ]
        words += [f"g={values.get('group')}"] if values.get("group", 1) != 1 else []
        words += ["nobias"] if values.get("bias_term", True) is False else []
        return self.build.add(" ".join(words), sources[0], name=str(layer.get("name", "")))

    def on_pooling(self, layer: Message, sources: list[int]) -> int:
        values = layer.message("pooling_param")
        method = str(values.get("pool", "MAX"))
        if method not in ("MAX", "AVE", "0", "1"):
            self.build.refuse(f"pooling {method}")
        op = "maxpool" if method in ("MAX", "0") else "avgpool"
        if values.get("global_pooling", False):
            return self.build.add("gmp" if op == "maxpool" else "gap", sources[0])
        shape = self.build.shapes[sources[0]]
        kernel, stride, pad, _ = self.window(values, len(shape) - 1)
        words = [op, size(kernel), *(sizes("s", stride, -1) if stride != kernel else [])]
        if values.get("ceil_mode", True) is False or str(values.get("round_mode", "CEIL")) in ("FLOOR", "1"):
            return self.build.add(" ".join([*words, *pads(pad, pad)]), sources[0])
        wanted = [caffe_pool(n, k, s, p) for n, k, s, p in zip(shape[1:], kernel, stride, pad, strict=True)]
        ends = [
            max(p, (out - 1) * s + k - n - p)
            for out, n, k, s, p in zip(wanted, shape[1:], kernel, stride, pad, strict=True)
        ]
        torchs = [torch_pool(n, k, s, p) for n, k, s, p in zip(shape[1:], kernel, stride, pad, strict=True)]
        if torchs == wanted:
            exact = all((n + 2 * p - k) % s == 0 for n, k, s, p in zip(shape[1:], kernel, stride, pad, strict=True))
            return self.build.add(" ".join([*words, *pads(pad, pad), *([] if exact else ["ceil"])]), sources[0])
        if op == "avgpool":
            self.build.refuse(f"average pooling whose last window begins outside of the image: {words} on {shape}")
        return self.build.add(" ".join([*words, *pads(pad, ends)]), sources[0])

    def on_innerproduct(self, layer: Message, sources: list[int]) -> int:
        values = layer.message("inner_product_param")
        words = [
            "linear",
            str(values.get("num_output")),
            *(["nobias"] if values.get("bias_term", True) is False else []),
        ]
        return self.build.add(" ".join(words), self.build.flat(sources[0]), name=str(layer.get("name", "")))

    def on_lrn(self, layer: Message, sources: list[int]) -> int:
        values = layer.message("lrn_param")
        if str(values.get("norm_region", "ACROSS_CHANNELS")) not in ("ACROSS_CHANNELS", "0"):
            self.build.refuse("LRN within channels")
        words = [values.get("local_size", 5), values.get("alpha", 1.0), values.get("beta", 0.75), values.get("k", 1.0)]
        return self.build.add(f"lrn {' '.join(map(number, words))}", sources[0])

    def on_relu(self, layer: Message, sources: list[int]) -> int:
        slope = layer.message("relu_param").get("negative_slope", 0)
        return self.build.add(f"leaky {number(slope)}" if slope else "relu", sources[0])

    def on_prelu(self, layer: Message, sources: list[int]) -> int:
        shared = layer.message("prelu_param").get("channel_shared", False)
        return self.build.add("prelu" if shared else "prelu channelwise", sources[0], name=str(layer.get("name", "")))

    def on_elu(self, layer: Message, sources: list[int]) -> int:
        return self.build.add(f"elu {number(layer.message('elu_param').get('alpha', 1))}", sources[0])

    def on_power(self, layer: Message, sources: list[int]) -> int:
        values = layer.message("power_param")
        exponent = values.get("power", 1)
        texts = [f"scale {number(values.get('scale', 1))}", f"shift {number(values.get('shift', 0))}"]
        texts = [t for t, usual in zip(texts, ("scale 1", "shift 0"), strict=True) if t != usual]
        texts += [f"pow(id, number {number(exponent)})"] if exponent != 1 else []
        return self.build.chain(texts or ["identity"], sources[0])

    def on_dropout(self, layer: Message, sources: list[int]) -> int:
        return self.build.add(f"dropout {number(layer.message('dropout_param').get('dropout_ratio', 0.5))}", sources[0])

    def on_softmax(self, layer: Message, sources: list[int]) -> int:
        axis = layer.message("softmax_param").get("axis", 1)
        return self.build.add("softmax" if axis == 1 else f"softmax dim={axis - 1}", sources[0])

    def on_batchnorm(self, layer: Message, sources: list[int]) -> int:
        """With a Scale behind it one normalisation with factors; alone without."""
        eps = layer.message("batch_norm_param").get("eps", 1e-5)
        scaled = any(str(top) in self.after for top in layer.all("top"))
        words = ["bn", *([f"eps={number(eps)}"] if eps != 1e-5 else []), *([] if scaled else ["noaffine"])]  # noqa: PLR2004 (PyTorch's default too)
        made = self.build.add(" ".join(words), sources[0], name=str(layer.get("name", "")))
        if scaled:
            self.normalised[made] = layer
        return made

    def on_bn(self, layer: Message, sources: list[int]) -> int:
        return self.build.add("bn", sources[0], name=str(layer.get("name", "")))

    def on_scale(self, layer: Message, sources: list[int]) -> int:
        if len(sources) > 1:
            return self.build.merge("mul", self.gated(sources))
        if sources[0] in self.normalised:
            return sources[0]
        bias = layer.message("scale_param").get("bias_term", False)
        return self.build.add(f"depthwise 1{'' if bias else ' nobias'}", sources[0], name=str(layer.get("name", "")))

    def gated(self, sources: list[int]) -> list[int]:
        """A list of features as a map of one pixel, where it scales a map."""
        shape, gate = self.build.shapes[sources[0]], self.build.shapes[sources[1]]
        if len(gate) < len(shape):
            ones = "x".join(map(str, (*gate, *(1,) * (len(shape) - len(gate)))))
            return [sources[0], self.build.add(f"reshape {ones}", sources[1])]
        return sources

    def on_concat(self, layer: Message, sources: list[int]) -> int:
        values = layer.message("concat_param")
        return self.build.merge("concat", sources, axis=values.get("axis", values.get("concat_dim", 1)) - 1)

    def on_eltwise(self, layer: Message, sources: list[int]) -> int:
        values = layer.message("eltwise_param")
        operation = str(values.get("operation", "SUM"))
        coefficients = values.all("coeff")
        if coefficients == [1, -1]:
            return self.build.merge("sub", sources)
        if any(c != 1 for c in coefficients):
            self.build.refuse("Eltwise with coefficients")
        return self.build.merge({"SUM": "add", "1": "add", "PROD": "mul", "0": "mul"}.get(operation, "max"), sources)

    def on_crop(self, layer: Message, sources: list[int]) -> int:
        values = layer.message("crop_param")
        shape, like = self.build.shapes[sources[0]], self.build.shapes[sources[1]]
        axis = values.get("axis", 2)
        if axis < 2:  # noqa: PLR2004 (batch and channels)
            self.build.refuse("Crop of channels")
        offsets = [int(o) for o in values.all("offset")] or [0]
        offsets = offsets * (len(shape) + 1 - axis) if len(offsets) == 1 else offsets
        amounts = [(0, 0)] * (axis - 2)
        for place, offset in enumerate(offsets):
            have, want = shape[axis - 1 + place], like[axis - 1 + place]
            amounts.append((offset, have - want - offset))
        return self.build.add(f"crop ({','.join(f'{a}:{b}' for a, b in amounts)})", sources[0])

    def on_slice(self, layer: Message, sources: list[int]) -> list[int]:
        values = layer.message("slice_param")
        axis = values.get("axis", values.get("slice_dim", 1)) - 1
        whole, parts = self.build.shapes[sources[0]][axis], len(layer.all("top"))
        points = [int(p) for p in values.all("slice_point")] or [whole * i // parts for i in range(1, parts)]
        words = [
            f"slice {a} {b}" + (f" dim={axis}" if axis else "")
            for a, b in zip([0, *points], [*points, whole], strict=True)
        ]
        return [self.build.add(text, sources[0]) for text in words]

    def on_split(self, layer: Message, sources: list[int]) -> list[int]:
        return sources * len(layer.all("top"))

    def on_reshape(self, layer: Message, sources: list[int]) -> int:
        entering = self.build.shapes[sources[0]]
        dims = [int(d) for d in layer.message("reshape_param").message("shape").all("dim")][1:]
        shape = [entering[i] if d == 0 and i < len(entering) else d for i, d in enumerate(dims)]
        return self.build.add("flatten" if len(shape) == 1 else f"reshape ({','.join(map(str, shape))})", sources[0])

    def on_upsample(self, layer: Message, sources: list[int]) -> int:
        return self.build.add(f"upsample {layer.message('upsample_param').get('scale', 2)}", sources[0])


def caffe_pool(length: int, kernel: int, stride: int, pad: int) -> int:
    """Caffe's size of a pooled axis: rounded up; only with padding less a window that begins beyond image and padding.

    Source: PoolingLayer::Reshape in caffe/src/caffe/layers/pooling_layer.cpp.
    """
    out = -(-(length + 2 * pad - kernel) // stride) + 1
    return out - 1 if pad and (out - 1) * stride >= length + pad else out


def torch_pool(length: int, kernel: int, stride: int, pad: int) -> int:
    """PyTorch's size with ceil_mode: less a window that begins beyond image and padding, with padding or without."""
    out = -(-(length + 2 * pad - kernel) // stride) + 1
    return out - 1 if (out - 1) * stride >= length + pad else out


def _axes(values: Message, name: str, short: str, axes: int, usual: int) -> list[int]:
    given = [int(v) for v in values.all(name)]
    if not given and f"{short}_h" in values.fields:
        return [int(values.get(f"{short}_h")), int(values.get(f"{short}_w", values.get(f"{short}_h")))]
    given = given or [usual]
    return given * axes if len(given) == 1 else given
