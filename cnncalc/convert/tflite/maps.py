"""Operators of TFLite on maps and features: convolutions, pools, padding, resizing, products with weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.convert.averages import same_mean
from cnncalc.convert.builder import pads, size, sizes
from cnncalc.convert.tflite.base import Base, number

if TYPE_CHECKING:
    from cnncalc.convert.tflite.file import Operation

BIAS = 2
"""The place of a bias among inputs."""

SAME = 0
"""The padding that gives a position per stride, in the schema."""


class Maps(Base):
    """Methods by the names of operators."""

    spread: dict[int, list[int]]

    def window(self, operation: Operation, kernel: list[int]) -> list[str]:
        """Stride, padding, dilation; behind SPACE_TO_BATCH_ND the steps are the dilation, and the size stays."""
        axes = "DHW"[3 - len(kernel) :]
        stride = [operation.option(f"Stride{axis}", 1) for axis in axes]
        dilated = hasattr(operation.options, "DilationHFactor")
        steps = [operation.option(f"Dilation{axis}Factor", 1) for axis in axes] if dilated else [1] * len(kernel)
        moved = self.spread.pop(operation.inputs[0], None)
        steps = moved or steps
        same = (operation.option("Padding") == SAME or moved) and max(*kernel, *stride) > 1
        return [*sizes("s", stride), *(["same"] if same else []), *sizes("d", steps)]

    def biased(self, operation: Operation, place: int = BIAS) -> list[str]:
        """``nobias`` where there is none."""
        return [] if operation.has(place) and self.weight(operation.inputs[place]) else ["nobias"]

    def owned(self, words: list[str], source: int, operation: Operation) -> int:
        """A layer with weights, and the activation within it."""
        made = self.build.add(" ".join(words), source, name=self.label(operation), weights=self.shared(operation))
        return self.fused(operation, self.kept(made, source))

    def on_conv_2d(self, operation: Operation) -> int:
        """Convolution; weights are channels out, window, channels in."""
        source, dims = self.map(self.value(operation.inputs[0])), self.weight(operation.inputs[1]).dims
        leaving, *kernel, entering = dims
        words = ["conv", str(leaving), size(kernel), *self.window(operation, kernel)]
        groups = self.build.shapes[source][0] // entering
        words += [f"g={groups}"] if groups != 1 else []
        return self.owned([*words, *self.biased(operation)], source, operation)

    def on_conv_3d(self, operation: Operation) -> int:
        """Convolution; weights are window, channels in, channels out."""
        source, dims = self.map(self.value(operation.inputs[0])), self.weight(operation.inputs[1]).dims
        words = ["conv", str(dims[-1]), size(dims[:3]), *self.window(operation, list(dims[:3]))]
        return self.owned([*words, *self.biased(operation)], source, operation)

    def on_depthwise_conv_2d(self, operation: Operation) -> int:
        """Convolution of every channel by itself; weights are 1, window, channels out."""
        source, dims = self.map(self.value(operation.inputs[0])), self.weight(operation.inputs[1]).dims
        kernel, many = list(dims[1:3]), dims[3] // self.build.shapes[source][0]
        words = ["depthwise", size(kernel), *self.window(operation, kernel)]
        words += [f"multiplier={many}"] if many != 1 else []
        return self.owned([*words, *self.biased(operation)], source, operation)

    def on_transpose_conv(self, operation: Operation) -> int:
        """Its size is given: what is over is cropped, of ``same`` the larger half at the end."""
        source, dims = self.map(self.value(operation.inputs[2])), self.weight(operation.inputs[1]).dims
        kernel, stride = list(dims[1:3]), [operation.option("StrideH", 1), operation.option("StrideW", 1)]
        wanted = self.whole(operation, 0)[1:3] if operation.inputs[0] in self.constants else self.stated(operation)[1:3]
        words = ["convt", str(dims[0]), size(kernel), *sizes("s", stride), *self.biased(operation, 3)]
        made = self.build.add(" ".join(words), source, name=self.label(operation))
        over = [n - w for n, w in zip(self.build.shapes[made][1:], wanted, strict=True)]
        begin = [o // 2 if operation.option("Padding") == SAME and o > 0 else 0 for o in over]
        cut = pads(begin, [o - b for o, b in zip(over, begin, strict=True)])
        if cut and min(over) < 0 < max(over):
            self.build.refuse("TRANSPOSE_CONV to a size that is larger along one axis and smaller along the other")
        if cut and min(over) < 0:
            made = self.build.add(f"pad ({','.join(f'0:{-o}' for o in over)})", made)
        elif cut:
            made = self.build.add(f"crop {cut[0].removeprefix('p=')}", made)
        return self.fused(operation, made)

    def on_fully_connected(self, operation: Operation) -> int:
        """A product with weights of features out, features in; the last axis is that of features."""
        value, (leaving, entering) = self.value(operation.inputs[0]), self.weight(operation.inputs[1]).dims
        if self.shape(value)[-1:] != (entering,):
            value = self.laid(value, (self.batch, entering))
        if self.axes(value) > 1:
            value = self.last(value)
        words = ["linear", str(leaving), *(["last"] if self.axes(value) > 1 else []), *self.biased(operation)]
        made = self.owned(words, value, operation)
        dims = self.stated(operation)
        return self.laid(made, dims) if dims and min(dims) > 0 else made

    def on_average_pool_2d(self, operation: Operation) -> int:
        """Mean of every window, in which only real pixels count."""
        return self.pool(operation, "avgpool")

    def on_max_pool_2d(self, operation: Operation) -> int:
        """Largest number of every window."""
        return self.pool(operation, "maxpool")

    def pool(self, operation: Operation, op: str) -> int:
        """A pooling."""
        source = self.map(self.value(operation.inputs[0]))
        kernel = [operation.option("FilterHeight", 1), operation.option("FilterWidth", 1)]
        stride = [operation.option("StrideH", 1), operation.option("StrideW", 1)]
        text = " ".join([op, size(kernel), *(sizes("s", stride, -1) if stride != kernel else [])])
        same = operation.option("Padding") == SAME
        if tuple(kernel) == self.build.shapes[source][1:] and not same:
            made = self.build.add("gap" if op == "avgpool" else "gmp", source)
        elif same and op == "avgpool":
            made = same_mean(self.build, source, f"{text} same", kernel, stride)
        else:
            made = self.build.add(text + " same" * same, source)
        return self.fused(operation, made)

    def on_pad(self, operation: Operation) -> int:
        """A border of zeros or another number; of the channels it is joined to them."""
        return self.border(operation, "")

    on_padv2 = on_pad

    def on_mirror_pad(self, operation: Operation) -> int:
        """A border of what is inside."""
        return self.border(operation, " replicate" if operation.option("Mode") else " reflect")

    def border(self, operation: Operation, mode: str) -> int:
        """A border."""
        source, amounts = self.map(self.value(operation.inputs[0])), self.whole(operation, 1)
        begin, end = amounts[::2], amounts[1::2]
        if begin[:1] != [0] or end[:1] != [0] or len(begin) != self.axes(source) + 1 or (mode and begin[-1] + end[-1]):
            self.build.refuse(f"{operation.kind} of the batch, or of channels by what is in them")
        filled = float(self.weight(operation.inputs[2]).array().reshape(-1)[0]) if operation.has(BIAS) else 0.0
        words = pads(begin[1:-1], end[1:-1])
        value = "" if mode or not filled else f" value={number(filled)}"
        made = self.build.add(f"pad {words[0].removeprefix('p=')}{mode}{value}", source) if words else source
        parts = [made]
        for count, place in ((begin[-1], 0), (end[-1], 2)):
            if count:
                own = (count, *self.build.shapes[made][1:])
                text = f"buffer {self.told(own)} values={number(filled)} transient"
                parts.insert(place, self.build.constant(text, own))
        return self.build.merge("concat", parts) if len(parts) > 1 else made

    def on_resize_bilinear(self, operation: Operation) -> int:
        """Interpolation."""
        return self.resized(operation, " bilinear")

    def on_resize_nearest_neighbor(self, operation: Operation) -> int:
        """Nearest positions."""
        return self.resized(operation, "")

    def resized(self, operation: Operation, mode: str) -> int:
        """To a size; by its factor where that is whole."""
        source = self.map(self.value(operation.inputs[0]))
        given = operation.inputs[1] in self.constants
        wanted = self.whole(operation, 1) if given else list(self.stated(operation)[1:3])
        own = self.build.shapes[source][1:]
        if tuple(wanted) == own:
            return source
        exact = all(w % n == 0 for w, n in zip(wanted, own, strict=True))
        factor = [w // n for w, n in zip(wanted, own, strict=True)]
        align = " align_corners=true" if mode and operation.option("AlignCorners") else ""
        return self.build.add(f"upsample {size(factor) if exact else f'size={size(wanted)}'}{mode}{align}", source)

    def on_space_to_batch_nd(self, operation: Operation) -> int:
        """What a convolution that follows sees of it is its dilation."""
        source = self.map(self.value(operation.inputs[0]))
        self.spread[operation.outputs[0]] = self.whole(operation, 1)
        return source

    def on_batch_to_space_nd(self, operation: Operation) -> int:
        """Behind such a convolution, which has kept the size."""
        source, dims = self.map(self.value(operation.inputs[0])), self.stated(operation)
        if self.dims(source) != dims:
            self.build.refuse("BATCH_TO_SPACE_ND behind anything but a dilated convolution that keeps the size")
        return source
