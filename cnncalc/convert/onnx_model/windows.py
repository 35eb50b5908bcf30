"""Operators on maps: convolutions, pools, padding, resizing."""

from __future__ import annotations

import numpy as np

from cnncalc.convert.averages import exact_mean
from cnncalc.convert.builder import pads, size, sizes
from cnncalc.convert.onnx_model.base import Base, Node, number
from cnncalc.convert.onnx_model.layout import Value, usual

BIAS = 2
"""The place of a bias among inputs."""


class Windows(Base):
    """Methods by the names of operators."""

    def padding(self, node: Node, value: Value, kernel: list[int]) -> tuple[list[int], list[int]]:
        """Padding at begin and end of every axis; what is given goes before ``auto_pad``."""
        rank = len(kernel)
        stride, dilation = self.each(node, "strides", rank), self.each(node, "dilations", rank)
        given = list(node.values.get("pads") or [0] * (2 * rank))
        auto = node.word("auto_pad", "NOTSET")
        if auto in ("NOTSET", "VALID"):
            return given[:rank], given[rank:]
        begin, end = [], []
        for n, k, s, d in zip(self.shape(value)[1:], kernel, stride, dilation, strict=True):
            total = max(0, (-(-n // s) - 1) * s + d * (k - 1) + 1 - n)
            small, large = total // 2, total - total // 2
            begin.append(small if auto == "SAME_UPPER" else large)
            end.append(large if auto == "SAME_UPPER" else small)
        return begin, end

    def each(self, node: Node, key: str, rank: int, default: int = 1) -> list[int]:
        """A setting per axis."""
        return list(node.values.get(key) or [default] * rank)

    def on_conv(self, node: Node) -> Value:
        """Convolution; weights that are computed enter by name."""
        value, weight = self.value(node.inputs[0]), self.constants.get(node.inputs[1])
        dims = weight.dims if weight is not None else self.dims(self.value(node.inputs[1]))
        kernel, rank = list(dims[2:]), len(dims) - 2
        words = ["conv", str(dims[0]), size(kernel), *sizes("s", self.each(node, "strides", rank))]
        words += [*pads(*self.padding(node, value, kernel)), *sizes("d", self.each(node, "dilations", rank))]
        words += [f"g={node.values['group']}"] if node.values.get("group", 1) != 1 else []
        if weight is not None:
            return self.map(" ".join([*words, *self.nobias(node)]), value, name=self.label(node))
        references = [self.value(name).place for name in node.inputs[1:3] if name]
        named = ["weight={0}", *(["bias={1}"] if len(references) > 1 else [])]
        if not self.once(self.value(node.inputs[1])):
            self.build.refuse("Conv with weights of every sample")
        return self.map(" ".join([*words, *named]), value, references=tuple(references))

    def nobias(self, node: Node, place: int = BIAS) -> list[str]:
        """``nobias`` where there is none, or one of zeros that is no weight."""
        fixed = self.constants.get(node.inputs[place]) if node.has(place) else None
        idle = fixed is not None and not fixed.trained and fixed.array is not None and not np.any(fixed.array)
        return ["nobias"] if idle or not node.has(place) else []

    def on_qlinearconv(self, node: Node) -> Value:
        """A convolution of whole numbers, among scales and zero points."""
        plain = [node.inputs[0], node.inputs[3], *node.inputs[8:9]]
        return self.on_conv(node._replace(inputs=plain, kind="Conv"))

    def on_convinteger(self, node: Node) -> Value:
        """As a convolution."""
        return self.on_conv(node._replace(inputs=node.inputs[:2], kind="Conv"))

    def on_convtranspose(self, node: Node) -> Value:
        """Transposed convolution."""
        value, weight = self.value(node.inputs[0]), self.constants.get(node.inputs[1])
        if (
            weight is None
            or node.word("auto_pad", "NOTSET") not in ("NOTSET", "VALID")
            or "output_shape" in node.values
        ):
            self.build.refuse("ConvTranspose with auto_pad, output_shape or weights that are computed")
        kernel, groups = list(weight.dims[2:]), int(node.values.get("group", 1))
        rank = len(kernel)
        given = self.each(node, "pads", 2 * rank, 0)
        words = ["convt", str(weight.dims[1] * groups), size(kernel), *sizes("s", self.each(node, "strides", rank))]
        words += [*pads(given[:rank], given[rank:]), *sizes("op", self.each(node, "output_padding", rank, 0), 0)]
        words += [*sizes("d", self.each(node, "dilations", rank)), *([f"g={groups}"] if groups != 1 else [])]
        return self.map(" ".join([*words, *self.nobias(node)]), value, name=self.label(node))

    def pool(self, op: str, node: Node) -> Value:
        """A pooling; of an average with more border at the end only real pixels count where ONNX says so."""
        value = self.value(node.inputs[0])
        kernel = list(node.values["kernel_shape"])
        stride = self.each(node, "strides", len(kernel))
        begin, end = self.padding(node, value, kernel)
        dilation = self.each(node, "dilations", len(kernel))
        if len(node.outputs) > 1 and self.uses.get(node.outputs[1]):
            self.build.refuse("MaxPool that gives its indices")
        words = [op, size(kernel), *(sizes("s", stride, -1) if stride != kernel else [])]
        ceil = ["ceil"] if node.values.get("ceil_mode") else []
        if op == "avgpool" and begin != end:
            if node.values.get("count_include_pad"):
                return self.map(
                    " ".join([*words, *ceil]), self.map(f"pad {pads(begin, end)[0].removeprefix('p=')}", value)
                )
            made = exact_mean(self.build, self.first(value), " ".join([*words, *ceil]), begin, end)
            return Value(made, usual(self.build.shapes[made]))
        if op == "avgpool" and any(d != 1 for d in dilation):
            self.build.refuse("AveragePool with dilations")
        words += [*pads(begin, end), *sizes("d", dilation), *ceil]
        words += ["exclude"] if op == "avgpool" and any(begin) and not node.values.get("count_include_pad") else []
        return self.map(" ".join(words), value)

    def on_maxpool(self, node: Node) -> Value:
        """Largest number of every window."""
        return self.pool("maxpool", node)

    def on_averagepool(self, node: Node) -> Value:
        """Mean of every window."""
        return self.pool("avgpool", node)

    def on_lppool(self, node: Node) -> Value:
        """The norm of every window."""
        kernel = list(node.values["kernel_shape"])
        sides = self.padding(node, self.value(node.inputs[0]), kernel)
        if (
            any(map(any, sides))
            or set(self.each(node, "dilations", len(kernel))) != {1}
            or node.values.get("ceil_mode")
        ):
            self.build.refuse("LpPool with padding, dilations or rounding up")
        stride, p = self.each(node, "strides", len(kernel)), node.values.get("p", 2)
        words = ["lppool", size(kernel), *(sizes("s", stride, -1) if stride != kernel else [])]
        return self.map(" ".join([*words, *([f"norm_type={p}"] if p != BIAS else [])]), self.value(node.inputs[0]))

    def on_globalaveragepool(self, node: Node) -> Value:
        """Mean of every channel."""
        return self.map("gap", self.value(node.inputs[0]))

    def on_globalmaxpool(self, node: Node) -> Value:
        """Largest number of every channel."""
        return self.map("gmp", self.value(node.inputs[0]))

    def on_lrn(self, node: Node) -> Value:
        """Local response normalisation."""
        pairs = (("alpha", 0.0001), ("beta", 0.75), ("bias", 1.0))
        words = [str(node.values["size"]), *(number(node.values.get(key, usual)) for key, usual in pairs)]
        return self.map(f"lrn {' '.join(words)}", self.value(node.inputs[0]))

    def on_pad(self, node: Node) -> Value:
        """A border; of the channels zeros that are joined to them."""
        value = self.value(node.inputs[0])
        amounts = self.whole(node, 1, "pads") or []
        rank = len(value.layout)
        axes = self.whole(node, 3, "axes")
        if axes is not None:
            full = [0] * (2 * rank)
            for place, axis in enumerate(axes):
                full[axis % rank], full[axis % rank + rank] = amounts[place], amounts[place + len(axes)]
            amounts = full
        if len(amounts) != 2 * rank or min(amounts) < 0 or amounts[0] or amounts[rank]:
            self.build.refuse("Pad of the batch, or by negative numbers")
        mode = node.word("mode", "constant")
        shown = {"constant": "", "reflect": " reflect", "edge": " replicate", "wrap": " circular"}.get(mode, " ")
        filled = self.given(node, 2) if node.has(2) else node.values.get("value", 0.0)
        filled = float(np.asarray(filled).reshape(-1)[0])
        if mode == "constant" and filled:
            shown = f" value={number(filled)}"
        words = pads(amounts[2:rank], amounts[rank + 2 :])
        if words:
            value = self.map(f"pad {words[0].removeprefix('p=')}{shown}", value)
        before, after = amounts[1], amounts[rank + 1]
        return self.channels(value, before, after, filled if mode == "constant" else None) if before or after else value

    def channels(self, value: Value, before: int, after: int, filled: float | None) -> Value:
        """More channels, of one number."""
        if filled is None:
            self.build.refuse("Pad of channels by what is in them")
        shape = self.shape(value)
        parts = [self.first(value)]
        for count, place in ((before, 0), (after, len(parts))):
            if count:
                own_shape = (count, *shape[1:])
                text = f"buffer {'x'.join(map(str, own_shape))} values={number(filled)} transient"
                parts.insert(place if not place else len(parts), self.build.constant(text, own_shape))
        index = self.build.merge("concat", parts)
        return Value(index, usual(self.build.shapes[index]))

    def on_resize(self, node: Node) -> Value:
        """Interpolation, by its factor where that is whole, else to its size."""
        value = self.value(node.inputs[0])
        shape, out = self.shape(value), self.resized(node, value)
        mode, coordinates = node.word("mode", "nearest"), node.word("coordinate_transformation_mode", "half_pixel")
        factors = [b // a for a, b in zip(shape[1:], out, strict=True)]
        exact = all(a * f == b for a, b, f in zip(shape[1:], out, factors, strict=True))
        if out == shape[1:]:
            return value
        rank = len(shape) - 1
        words = {
            "nearest": "",
            "linear": {1: " linear", 2: " bilinear", 3: " trilinear"}.get(rank, ""),
            "cubic": " bicubic",
        }
        if mode not in words:
            self.build.refuse(f"Resize {mode} {coordinates}")
        align = " align_corners=true" if coordinates == "align_corners" and words[mode] else ""
        return self.map(f"upsample {size(factors) if exact else f'size={size(list(out))}'}{words[mode]}{align}", value)

    on_upsample = on_resize

    def resized(self, node: Node, value: Value) -> tuple[int, ...]:
        """The spatial size behind a resize: given, or by factors, rounded down."""
        dims, last = self.dims(value), len(node.inputs) - 1
        if node.word("keep_aspect_ratio_policy", "stretch") != "stretch":
            self.build.refuse("Resize that keeps proportions")
        axes = list(node.values.get("axes") or [])
        if axes and [axis % len(dims) for axis in axes] != list(range(len(dims) - len(axes), len(dims))):
            self.build.refuse("Resize of some axes, or of axes in another order")
        if "scales" in node.values or (node.kind == "Upsample" and last == 1):
            scales = node.values.get("scales") or self.given(node, 1)
        elif node.has(3):
            wanted = [int(n) for n in self.given(node, 3)]
            wanted = wanted[-(len(dims) - 2) :] if len(wanted) > len(dims) - 2 else wanted
            return tuple(wanted)
        else:
            scales = self.given(node, 2 if last > 1 else 1)
        factors = list(scales)[-(len(dims) - 2) :]
        return tuple(int(n * float(f) + 1e-6) for n, f in zip(dims[2:], factors, strict=True))

    def on_depthtospace(self, node: Node) -> Value:
        """Channels to blocks of pixels."""
        value, b = self.value(node.inputs[0]), int(node.values["blocksize"])
        if node.word("mode", "DCR") == "CRD":
            return self.map(f"pixelshuffle {b}", value)
        c, h, w = self.shape(value)
        texts = [
            f"reshape {b}x{b}x{c // b // b}x{h}x{w}",
            "permute (2,3,0,4,1)",
            f"reshape {c // b // b}x{h * b}x{w * b}",
        ]
        return self.steps(texts, value)

    def on_spacetodepth(self, node: Node) -> Value:
        """Blocks of pixels to channels."""
        value, b = self.value(node.inputs[0]), int(node.values["blocksize"])
        c, h, w = self.shape(value)
        texts = [
            f"reshape {c}x{h // b}x{b}x{w // b}x{b}",
            "permute (2,4,0,1,3)",
            f"reshape {c * b * b}x{h // b}x{w // b}",
        ]
        return self.steps(texts, value)

    def steps(self, texts: list[str], value: Value) -> Value:
        """Operations one after the other."""
        index = self.build.chain(texts, self.first(value))
        return Value(index, usual(self.build.shapes[index]))
