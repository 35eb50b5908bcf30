"""Operators of TFLite element by element: activations, arithmetic of values, constants and numbers; and reductions."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from cnncalc.convert.channels_last import PAIR
from cnncalc.convert.tflite.base import Base, number

if TYPE_CHECKING:
    from cnncalc.convert.tflite.file import Operation
    from cnncalc.layers.base import Shape

SIMPLE = {
    "RELU": "relu", "RELU6": "relu6", "RELU_N1_TO_1": "clamp -1 1", "RELU_0_TO_1": "clamp 0 1", "TANH": "tanh", "LOGISTIC": "sigmoid",
    "HARD_SWISH": "hardswish", "ELU": "elu", "EXP": "exp", "LOG": "log", "SQRT": "sqrt", "ABS": "abs", "NEG": "neg", "SIN": "sin",
    "COS": "cos", "RSQRT": "rsqrt", "SQUARE": "square",
}  # fmt: skip
MERGES = {
    "ADD": "add", "SUB": "sub", "MUL": "mul", "DIV": "div", "MAXIMUM": "max", "MINIMUM": "min", "POW": "pow", "ADD_N": "add",
    "SQUARED_DIFFERENCE": "sub",
}  # fmt: skip
REDUCTIONS = {"MEAN": "mean", "SUM": "sum", "REDUCE_MAX": "amax", "REDUCE_MIN": "amin", "REDUCE_PROD": "prod"}


class Points(Base):
    """Methods by the names of operators."""

    def on_merge(self, operation: Operation) -> int:
        """Values that meet, or a value and a number."""
        operator = MERGES[operation.kind]
        made = self.with_number(operator, operation)
        if made is None:
            made = self.meeting(operator, operation.inputs)
        made = self.point("square", made) if operation.kind == "SQUARED_DIFFERENCE" else made
        return self.fused(operation, made) if hasattr(operation.options, "FusedActivationFunction") else made

    def with_number(self, operator: str, operation: Operation) -> int | None:
        """A value and a constant of one number; None if it is no such thing."""
        if len(operation.inputs) != PAIR:
            return None
        for place in (0, 1):
            tensor = self.constants.get(operation.inputs[1 - place])
            if tensor is None or prod(tensor.dims) != 1 or operation.inputs[place] not in self.values:
                continue
            array = tensor.array()
            texts = (
                None
                if array is None or tensor.kind not in (0, 1, 10)
                else _texts(operator, float(array.reshape(-1)[0]), behind=place == 0)
            )
            if texts is not None:
                source = self.value(operation.inputs[place])
                return self.kept(self.build.chain(texts, source), source)
        return None

    def meeting(self, operator: str, places: list[int]) -> int:
        """Values of sizes that go with each other; missing axes stand in front."""
        sources = [self.value(place) for place in places]
        whole = max(sources, key=lambda s: (s not in self.build.once, len(self.dims(s)), prod(self.shape(s))))
        rank = len(self.dims(whole))
        met = [self.fitted(source, whole, rank) for source in sources]
        return self.kept(self.build.merge(operator, met), whole)

    def fitted(self, source: int, whole: int, rank: int) -> int:
        """A value with the axes of the one that it meets."""
        dims = self.dims(source)
        dims = (1,) * (rank - len(dims)) + dims
        own = dims if whole in self.bare else dims[1:]
        if whole not in self.bare and source in self.bare and dims[0] != 1:
            self.build.refuse("a value without a batch that meets one with it")
        if not own or own == self.shape(source):
            return self.first(source) if whole not in self.lasts else self.last(source)
        return self.ordered(source, own, whole)

    def ordered(self, source: int, own: Shape, whole: int) -> int:
        """A value under another size, whose channels stand where those of the other do."""
        narrow = prod(own) == own[-1]
        if len(own) >= PAIR and whole not in self.lasts and narrow:
            return self.build.add(f"reshape {self.told((own[-1], *own[:-1]))}", source)
        made = self.build.add(f"reshape {self.told(own)}", source if narrow else self.last(source))
        self.lasts.update([made] if len(own) >= PAIR else [])
        return self.first(made) if whole not in self.lasts else made

    def on_prelu(self, operation: Operation) -> int:
        """A slope per channel, or one per pixel that is learned as a map."""
        source, slopes = self.value(operation.inputs[0]), self.weight(operation.inputs[1])
        if prod(slopes.dims) == 1:
            return self.point("prelu", source)
        if prod(slopes.dims) == self.shape(source)[-1] and source not in self.lasts:
            return self.point("prelu channelwise", source)
        slope = self.fitted(self.value(operation.inputs[1]), source, len(self.dims(source)))
        negative = self.build.merge("mul", [self.build.add("clamp max=0", source), slope])
        return self.kept(self.build.merge("add", [self.build.add("relu", source), negative]), source)

    def on_leaky_relu(self, operation: Operation) -> int:
        """With its slope."""
        return self.point(f"leaky {number(operation.number('Alpha', 0.2))}", self.value(operation.inputs[0]))

    def on_gelu(self, operation: Operation) -> int:
        """Exact or by tanh."""
        return self.point("gelu tanh" if operation.option("Approximate") else "gelu", self.value(operation.inputs[0]))

    def on_softmax(self, operation: Operation) -> int:
        """Along the channels."""
        source, beta = self.value(operation.inputs[0]), operation.number("Beta", 1.0)
        source = self.point(f"scale {number(beta)}", source) if beta != 1 else source
        return self.point(self.along("softmax", source), source)

    def on_log_softmax(self, operation: Operation) -> int:
        """Along the channels."""
        source = self.value(operation.inputs[0])
        return self.point(self.along("logsoftmax", source), source)

    def on_l2_normalization(self, operation: Operation) -> int:
        """Unit length along the channels."""
        source = self.value(operation.inputs[0])
        return self.fused(operation, self.point(self.along("l2norm", source), source))

    def along(self, text: str, source: int) -> str:
        """An operation along the last axis of TFLite."""
        return f"{text} dim={self.rank(source)}" if source in self.lasts else text

    def on_local_response_normalization(self, operation: Operation) -> int:
        """Sums over ``2 radius + 1`` channels; alpha is not divided by that number."""
        wide = 2 * operation.option("Radius") + 1
        alpha, beta = operation.number("Alpha", 1.0) * wide, operation.number("Beta", 0.5)
        text = f"lrn {wide} {number(alpha)} {number(beta)} {number(operation.number('Bias', 1.0))}"
        return self.build.add(text, self.map(self.value(operation.inputs[0])))

    def on_reduce(self, operation: Operation) -> int:
        """Over some axes; over all places of a map a pooling."""
        word, source, keep = REDUCTIONS[operation.kind], self.value(operation.inputs[0]), operation.option("KeepDims")
        rank = len(self.dims(source))
        axes = sorted({axis % rank for axis in self.whole(operation, 1)})
        pool = {"mean": "gap", "amax": "gmp"}.get(word)
        if pool and source not in self.lasts and source not in self.bare and axes == list(range(1, rank - 1)) and axes:
            return self.build.chain([pool] if keep else [pool, "flatten"], source)
        source = self.last(source)
        ours = [self.axis(axis, source) for axis in axes]
        text = f"{word} {ours[0] if len(ours) == 1 else '(' + ','.join(map(str, ours)) + ')'}"
        made = self.build.add(text + " keepdim" * bool(keep), source)
        self.lasts.update([made] if self.axes(made) >= PAIR else [])
        self.bare.update([made] if source in self.bare else [])
        return made


def _texts(operator: str, value: float, *, behind: bool) -> list[str] | None:
    """Arithmetic with a number, which stands behind the value or before it; None where it is something else."""
    shown = number(value)
    turned = {"sub": ["neg", f"shift {shown}"], "div": ["reciprocal", f"scale {shown}"], "pow": None}
    plain = {
        "add": [f"shift {shown}"], "mul": [f"scale {shown}"], "sub": [f"shift {number(-value)}"],
        "div": [f"scale {number(1 / value)}"] if value else None,
        "max": [f"clamp {shown}"], "min": [f"clamp max={shown}"], "pow": [f"pow {shown}"],
    }  # fmt: skip
    return turned[operator] if not behind and operator in turned else plain[operator]
