"""Keras models as JSON, of Keras 2 and 3, sequential and functional. Sizes become channels first; padding ``same`` stays."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cnncalc.convert.builder import Builder, pads, size, sizes
from cnncalc.convert.tree import ConvertError, Unsupported
from cnncalc.spec.printer import print_float, print_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.layers.base import Shape

ACTIVATIONS = {
    "linear": "", "relu": "relu", "relu6": "relu6", "sigmoid": "sigmoid", "tanh": "tanh", "softmax": "softmax", "elu": "elu",
    "selu": "selu", "gelu": "gelu", "swish": "silu", "silu": "silu", "hard_sigmoid": "hardsigmoid", "hard_swish": "hardswish",
    "hard_silu": "hardswish", "softplus": "softplus", "softsign": "softsign", "mish": "mish", "leaky_relu": "leaky 0.2",
    "log_softmax": "logsoftmax",
}  # fmt: skip
MERGES = {
    "Add": "add",
    "Multiply": "mul",
    "Subtract": "sub",
    "Maximum": "max",
    "Minimum": "min",
    "Concatenate": "concat",
}
OPEN = 224
"""The side of an image whose size a model leaves open; what most of keras.applications are trained on."""

DROPPED = ("ActivityRegularization", "GaussianNoise", "Masking")


def convert(text: str, name: str, shapes: Sequence[Shape]) -> str:
    """The spec of a model's JSON.

    Args:
        text: what ``model.to_json()`` gives.
        name: a title, if the model has none.
        shapes: sizes of the inputs, channels first, for models that leave them open.

    Raises:
        ConvertError: lists what cannot be said, with the names of layers.
    """
    try:
        model = json.loads(text)
    except ValueError as error:
        raise ConvertError([Unsupported(f"not JSON: {error}", "")], name) from None
    config = model.get("config") if isinstance(model, dict) else None
    if isinstance(config, list):
        config = {"layers": config}
    if not isinstance(config, dict) or not isinstance(config.get("layers"), list):
        raise ConvertError([Unsupported("this JSON is no Keras model: it has no config with layers", "")], name)
    return _Reader(config, str(config.get("name") or name), list(shapes), functional="input_layers" in config).text()


class _Reader:
    def __init__(self, config: dict[str, Any], name: str, shapes: list[Shape], *, functional: bool) -> None:
        self.config = config
        self.shapes = shapes
        self.functional = functional
        self.build = Builder(name, "Keras")

    def text(self) -> str:
        return self.build.text(self.model(self.config, None, functional=self.functional))

    def model(self, config: dict[str, Any], entering: list[int] | None, *, functional: bool) -> list[int]:
        """The values that leave a model.

        Args:
            config: its layers.
            entering: the values that enter a model within another; None for the network itself, which has inputs.
            functional: whether its layers say what enters them; else they follow one another.
        """
        tensors: dict[tuple[str, int], int] = {}
        waiting = list(entering or ())
        last: int | None = None
        for layer in config["layers"]:
            kind, values = str(layer.get("class_name")), dict(layer.get("config") or {})
            name = str(values.get("name", layer.get("name", "")))
            self.build.place = f"layer '{name}'"
            calls = self.calls(layer) if functional else [[(name, 0)]]
            if kind == "InputLayer" or (not functional and last is None):
                last = self.input(values, name) if entering is None else waiting.pop(0) if waiting else None
                if last is None:
                    self.build.refuse("more inputs than values enter the model")
                    return entering or []
                tensors[name, 0] = last
                if kind == "InputLayer":
                    continue
            for place, sources in enumerate(calls):
                given = [tensors[key] for key in sources if key in tensors] if functional else [last]
                if not given or len(given) < len(sources):
                    self.build.refuse("it reads a tensor that no layer before it makes")
                    return [0]
                last = self.layer(kind, values, [g for g in given if g is not None], name, shared=len(calls) > 1)
                tensors[name, place] = last
        outputs = [tensors[key] for key in self.leaving(config) if key in tensors] if functional else []
        return outputs or ([] if last is None else [last])

    def calls(self, layer: dict[str, Any]) -> list[list[tuple[str, int]]]:
        """For every application of a layer the tensors that enter: by layer and its application."""
        found = []
        for node in layer.get("inbound_nodes") or []:
            if isinstance(node, dict):
                found.append(_tensors(node.get("args")) + _tensors(node.get("kwargs")))
            else:
                found.append([(str(item[0]), int(item[1])) for item in node if isinstance(item, list)])
        return found

    def leaving(self, config: dict[str, Any]) -> list[tuple[str, int]]:
        """The output tensors."""
        given = config.get("output_layers") or []
        if given and not isinstance(given[0], list):
            given = [given]
        return [(str(item[0]), int(item[1])) for item in given]

    def input(self, values: dict[str, Any], name: str) -> int:
        """``batch_shape`` with channels last; open sizes must be given."""
        shape = values.get("batch_shape") or values.get("batch_input_shape")
        number = len(self.build.inputs)
        if number < len(self.shapes):
            return self.build.input(name, self.shapes[number])
        if not shape or shape[-1] is None:
            self.build.refuse(f"its size is open: {shape}; give one, --input 3x224x224")
            return self.build.input(name, (3, 1, 1))
        if None in shape[1:]:
            shape = [axis or OPEN for axis in shape]
            self.build.notes.append(f"Its size is open: taken as {size(shape[1:-1])}; --input gives another.")
        return self.build.input(name if self.functional else "input", (int(shape[-1]), *map(int, shape[1:-1])))

    # ------------------------------------------------------------------------------------------ layers

    def layer(self, kind: str, values: dict[str, Any], sources: list[int], name: str, *, shared: bool) -> int:
        if values.get("data_format") == "channels_first":
            self.build.refuse("channels first")
        if kind in DROPPED:
            return sources[0]
        if kind in MERGES:
            return self.merge(kind, values, sources)
        if isinstance(values.get("layers"), list):
            return self.nested(values, sources, shared=shared)
        if kind == "CustomScaleLayer":  # of keras.applications: Inception-ResNet's sum with a scaled branch
            branch = self.build.add(f"scale {_number(values.get('scale', 1))}", sources[1])
            return self.build.merge("add", [sources[0], branch])
        method = getattr(self, f"on_{kind.lower()}", None)
        texts: list[str] | None = method(values, sources[0]) if method is not None else None
        if texts is None:
            self.build.refuse(f"layer {kind}")
            return sources[0]
        texts = [*texts, *self.activation(values)] if kind != "Activation" else texts
        source = sources[0]
        for place, text in enumerate(text for text in texts if text):
            source = self.build.add(
                text, source, name=name if place == 0 else None, weights=name if shared and place == 0 else None
            )
        return source

    def nested(self, values: dict[str, Any], sources: list[int], *, shared: bool) -> int:
        """A model within the model; of its outputs the first."""
        if shared:
            self.build.refuse("a model that is applied several times")
            return sources[0]
        outputs = self.model(values, sources, functional="input_layers" in values)
        if len(outputs) != 1:
            self.build.refuse(f"a model within the model with {len(outputs)} outputs")
        return outputs[0] if outputs else sources[0]

    def activation(self, values: dict[str, Any]) -> list[str]:
        word = values.get("activation")
        if word is None:
            return []
        if isinstance(word, dict):
            word = word.get("class_name", "").lower()
        if word not in ACTIVATIONS:
            self.build.refuse(f"activation {word}")
        return [ACTIVATIONS.get(word, "")]

    def merge(self, kind: str, values: dict[str, Any], sources: list[int]) -> int:
        axis = int(values.get("axis", -1)) if kind == "Concatenate" else -1
        rank = len(self.build.shapes[sources[0]])
        ours = 0 if axis in (-1, rank) else axis if axis > 0 else axis + rank + 1
        return self.build.merge(MERGES[kind], sources, axis=ours)

    def rank(self, source: int) -> int:
        return len(self.build.shapes[source]) - 1

    def window(self, values: dict[str, Any], rank: int, *, pool: bool = False) -> list[str]:
        """Stride, padding, dilation."""
        stride = _axes(values.get("strides") or (values.get("pool_size") if pool else 1), rank)
        kernel = _axes(values.get("pool_size", 1), rank)
        words = (sizes("s", stride, -1) if stride != kernel else []) if pool else sizes("s", stride)
        padding = str(values.get("padding", "valid"))
        words += (
            ["same"]
            if padding == "same"
            and (max(stride) > 1 or max(_axes(values.get("pool_size", values.get("kernel_size", 1)), rank)) > 1)
            else []
        )
        if padding == "causal":
            extra = _axes(values.get("dilation_rate", 1), rank)[0] * (_axes(values.get("kernel_size", 1), rank)[0] - 1)
            words += [f"p={extra}:0"]
        words += [] if pool else sizes("d", _axes(values.get("dilation_rate", 1), rank))
        return words

    def conv(self, values: dict[str, Any], source: int) -> list[str]:
        rank = self.rank(source)
        words = ["conv", str(values["filters"]), size(_axes(values["kernel_size"], rank)), *self.window(values, rank)]
        words += [f"g={values['groups']}"] if values.get("groups", 1) != 1 else []
        return [" ".join([*words, *_bias(values)])]

    on_conv1d = on_conv2d = on_conv3d = conv

    def on_depthwiseconv2d(self, values: dict[str, Any], source: int) -> list[str]:
        rank = self.rank(source)
        words = ["depthwise", size(_axes(values["kernel_size"], rank)), *self.window(values, rank)]
        words += [f"multiplier={values['depth_multiplier']}"] if values.get("depth_multiplier", 1) != 1 else []
        return [" ".join([*words, *_bias(values)])]

    on_depthwiseconv1d = on_depthwiseconv2d

    def on_separableconv2d(self, values: dict[str, Any], source: int) -> list[str]:
        rank = self.rank(source)
        depthwise = ["depthwise", size(_axes(values["kernel_size"], rank)), *self.window(values, rank), "nobias"]
        return [" ".join(depthwise), " ".join(["conv", str(values["filters"]), "1", *_bias(values)])]

    on_separableconv1d = on_separableconv2d

    def on_conv2dtranspose(self, values: dict[str, Any], source: int) -> list[str]:
        """``same`` gives the size times the stride: what is over is cropped, the larger half at the end."""
        rank = self.rank(source)
        kernel, stride = _axes(values["kernel_size"], rank), _axes(values.get("strides", 1), rank)
        words = " ".join(["convt", str(values["filters"]), size(kernel), *sizes("s", stride), *_bias(values)])
        if values.get("padding", "valid") != "same":
            extra = [max(0, s - k) for k, s in zip(kernel, stride, strict=True)]
            return [words, f"pad ({','.join(f'0:{e}' for e in extra)})" if any(extra) else ""]
        over = [max(0, k - s) for k, s in zip(kernel, stride, strict=True)]
        short = [max(0, s - k) for k, s in zip(kernel, stride, strict=True)]
        crop = f"crop ({','.join(f'{o // 2}:{o - o // 2}' for o in over)})" if any(over) else ""
        return [words, crop or (f"pad ({','.join(f'0:{s}' for s in short)})" if any(short) else "")]

    on_conv1dtranspose = on_conv3dtranspose = on_conv2dtranspose

    def pool(self, op: str, values: dict[str, Any], source: int) -> list[str]:
        rank = self.rank(source)
        words = [op, size(_axes(values["pool_size"], rank)), *self.window(values, rank, pool=True)]
        if op == "avgpool" and "same" in words:
            shape = self.build.shapes[source][1:]
            kernel, stride = _axes(values["pool_size"], rank), _axes(values.get("strides") or values["pool_size"], rank)
            over = [(-(-n // s) - 1) * s + k - n for n, k, s in zip(shape, kernel, stride, strict=True)]
            if any(total > 0 and total % 2 for total in over):
                self.build.refuse(
                    "average pooling with padding same that is uneven, whose border counts real pixels only"
                )
            words += ["exclude"] if any(total > 0 for total in over) else []
        return [" ".join(words)]

    def on_maxpooling2d(self, values: dict[str, Any], source: int) -> list[str]:
        return self.pool("maxpool", values, source)

    on_maxpooling1d = on_maxpooling3d = on_maxpooling2d

    def on_averagepooling2d(self, values: dict[str, Any], source: int) -> list[str]:
        return self.pool("avgpool", values, source)

    on_averagepooling1d = on_averagepooling3d = on_averagepooling2d

    def on_globalaveragepooling2d(self, values: dict[str, Any], source: int) -> list[str]:
        del source
        return ["gap"] if values.get("keepdims") else ["gap", "flatten"]

    on_globalaveragepooling1d = on_globalaveragepooling3d = on_globalaveragepooling2d

    def on_globalmaxpooling2d(self, values: dict[str, Any], source: int) -> list[str]:
        del source
        return ["gmp"] if values.get("keepdims") else ["gmp", "flatten"]

    on_globalmaxpooling1d = on_globalmaxpooling3d = on_globalmaxpooling2d

    def on_dense(self, values: dict[str, Any], source: int) -> list[str]:
        if self.rank(source) == 0:
            return [" ".join(["linear", str(values["units"]), *_bias(values)])]
        note = "Dense on a map works on the channels of every position: here a convolution with a window of 1."
        if note not in self.build.notes:
            self.build.notes.append(note)
        return [" ".join(["conv", str(values["units"]), "1", *_bias(values)])]

    def on_layerscale(self, values: dict[str, Any], source: int) -> list[str]:
        channels = ["channels"] if self.rank(source) == 1 else []
        return [" ".join(["layerscale", _number(values.get("init_values", 1e-6)), *channels])]

    def on_flatten(self, values: dict[str, Any], source: int) -> list[str]:
        del values
        note = "Keras flattens channels last: the order of features differs."
        if self.rank(source) > 0 and note not in self.build.notes:
            self.build.notes.append(note)
        return ["flatten"] if self.rank(source) > 0 else ["identity"]

    def on_activation(self, values: dict[str, Any], source: int) -> list[str]:
        del source
        return self.activation(values) if values.get("activation") != "linear" else ["identity"]

    def on_relu(self, values: dict[str, Any], source: int) -> list[str]:
        del source
        slope, most = float(values.get("negative_slope") or 0), values.get("max_value")
        if most == 6 and not slope:  # noqa: PLR2004 (relu6)
            return ["relu6"]
        if most is not None or float(values.get("threshold") or 0):
            self.build.refuse("ReLU with limits")
        return [f"leaky {_number(slope)}" if slope else "relu"]

    def on_leakyrelu(self, values: dict[str, Any], source: int) -> list[str]:
        del source
        return [f"leaky {_number(values.get('negative_slope', values.get('alpha', 0.3)))}"]

    def on_prelu(self, values: dict[str, Any], source: int) -> list[str]:
        shared = values.get("shared_axes") or []
        if len(shared) < self.rank(source):
            self.build.refuse("PReLU with a slope per pixel")
        return ["prelu channelwise"]

    def on_elu(self, values: dict[str, Any], source: int) -> list[str]:
        del source
        return [f"elu {_number(values.get('alpha', 1))}"]

    def on_softmax(self, values: dict[str, Any], source: int) -> list[str]:
        del values, source
        return ["softmax"]

    def on_dropout(self, values: dict[str, Any], source: int) -> list[str]:
        del source
        return [f"dropout {_number(values.get('rate', 0.5))}"]

    def on_spatialdropout2d(self, values: dict[str, Any], source: int) -> list[str]:
        return [f"dropout{self.rank(source)}d {_number(values.get('rate', 0.5))}"]

    on_spatialdropout1d = on_spatialdropout3d = on_spatialdropout2d

    def on_batchnormalization(self, values: dict[str, Any], source: int) -> list[str]:
        del source
        if values.get("axis") not in (None, -1, [-1], 3, [3], 2, [2], 4, [4], 1, [1]):
            self.build.refuse(f"BatchNormalization along {values.get('axis')}")
        words = ["bn", f"eps={_number(values.get('epsilon', 0.001))}"]
        momentum = 1 - Fraction(repr(float(values.get("momentum", 0.99))))
        words += [f"momentum={print_number(momentum)}"] if momentum != Fraction(1, 10) else []
        if values.get("scale", True) is False and values.get("center", True) is False:
            words.append("noaffine")
        elif values.get("scale", True) is False:
            self.build.notes.append(f"{values.get('name')}: Keras leaves its scale out; here it is 1 and counted.")
        return [" ".join(words)]

    def on_layernormalization(self, values: dict[str, Any], source: int) -> list[str]:
        words = [
            "layernorm",
            *(["channels"] if self.rank(source) else []),
            f"eps={_number(values.get('epsilon', 0.001))}",
        ]
        return [" ".join(words)]

    def on_zeropadding2d(self, values: dict[str, Any], source: int) -> list[str]:
        return [_sides("pad", values["padding"], self.rank(source))]

    on_zeropadding1d = on_zeropadding3d = on_zeropadding2d

    def on_cropping2d(self, values: dict[str, Any], source: int) -> list[str]:
        return [_sides("crop", values["cropping"], self.rank(source))]

    on_cropping1d = on_cropping3d = on_cropping2d

    def on_upsampling2d(self, values: dict[str, Any], source: int) -> list[str]:
        mode = str(values.get("interpolation", "nearest"))
        if mode not in ("nearest", "bilinear"):
            self.build.refuse(f"UpSampling2D {mode}")
        return [
            f"upsample {size(_axes(values.get('size', 2), self.rank(source)))}{' bilinear' if mode == 'bilinear' else ''}"
        ]

    on_upsampling1d = on_upsampling3d = on_upsampling2d

    def on_reshape(self, values: dict[str, Any], source: int) -> list[str]:
        target = [int(v) for v in values.get("target_shape") or []]
        shape = self.build.shapes[source]
        ours = (target[-1], *target[:-1]) if target else ()
        spatial = [n for n in shape[1:] if n != 1]
        if ours and spatial:
            self.build.refuse("Reshape of a map, which orders channels last")
        return [f"reshape {'x'.join(map(str, ours))}" if len(ours) > 1 else "flatten"]

    def on_rescaling(self, values: dict[str, Any], source: int) -> list[str]:
        del source
        scale, offset = values.get("scale", 1), values.get("offset", 0)
        if isinstance(scale, list) or isinstance(offset, list):
            self.build.refuse("Rescaling per channel")
            return ["identity"]
        text = _number(scale)
        return [f"scale {text if '/' not in text else f'({text})'}", f"shift {_number(offset)}" if offset else ""]


def _axes(value: Any, rank: int) -> list[int]:
    values = value if isinstance(value, list) else [value]
    return [int(v) for v in values] * (rank if len(values) == 1 else 1)


def _bias(values: dict[str, Any]) -> list[str]:
    return ["nobias"] if values.get("use_bias", True) is False else []


def _sides(op: str, value: Any, rank: int) -> str:
    """One number, one per axis, or begin and end per axis."""
    values = value if isinstance(value, list) else [value] * rank
    if rank == 1 and len(values) == 2 and not isinstance(values[0], list):  # noqa: PLR2004 (begin and end)
        values = [values]
    pairs = [item if isinstance(item, list) else [item, item] for item in values]
    words = pads([int(a) for a, _ in pairs], [int(b) for _, b in pairs])
    return f"{op} {words[0].removeprefix('p=')}" if words else "identity"


def _number(value: Any) -> str:
    return print_float(float(value))


def _tensors(value: Any) -> list[tuple[str, int]]:
    """The Keras tensors in the arguments of a call."""
    if isinstance(value, dict):
        if value.get("class_name") == "__keras_tensor__":
            history = value["config"]["keras_history"]
            return [(str(history[0]), int(history[1]))]
        value = list(value.values())
    if isinstance(value, list):
        return [found for item in value for found in _tensors(item)]
    return []
