"""Operators element by element: activations, arithmetic of values and numbers, comparisons."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from cnncalc.convert.onnx_model.base import Base, Node, number
from cnncalc.convert.onnx_model.layout import Value, met, own

SIMPLE = {
    "Relu": "relu", "Sigmoid": "sigmoid", "Tanh": "tanh", "Softplus": "softplus", "Softsign": "softsign", "HardSwish": "hardswish",
    "Mish": "mish", "Selu": "selu", "Exp": "exp", "Log": "log", "Sqrt": "sqrt", "Abs": "abs", "Neg": "neg", "Erf": "erf", "Sin": "sin",
    "Cos": "cos", "Reciprocal": "reciprocal", "Swish": "silu",
}  # fmt: skip
MERGES = {
    "Add": "add", "Sum": "add", "Mul": "mul", "Sub": "sub", "Div": "div", "Max": "max", "Min": "min", "Pow": "pow", "Greater": "gt",
    "Less": "lt", "GreaterOrEqual": "ge", "LessOrEqual": "le", "Equal": "eq",
}  # fmt: skip
SAME = ("Identity", "Cast", "CastLike", "QuantizeLinear", "DequantizeLinear", "Dropout0")


class Points(Base):
    """Methods by the names of operators."""

    def merged(self, operator: str, values: list[Value]) -> Value:
        """Values that meet, each with the axes that it needs for that."""
        found = met([value.layout for value in values], self.batch)
        if found is None:
            self.build.refuse(f"{operator} of values whose axes are grouped otherwise")
        layout, shapes = found
        sources = []
        for value, shape in zip(values, shapes, strict=True):
            same = prod(shape) == prod(self.shape(value)) and shape != self.shape(value) and value.layout
            sources.append(self.laid(value, tuple((size,) for size in shape)).place if same else value.place)
        return Value(self.build.merge(operator, sources), layout)

    def on_merge(self, node: Node) -> Value:
        """Values, or a value and a constant of one number."""
        operator = MERGES[node.kind]
        if len(node.inputs) == 1:
            return self.value(node.inputs[0])
        if len(node.inputs) == 2:  # noqa: PLR2004 (a value and a number)
            for place in (0, 1):
                found = self.single(node.inputs[1 - place])
                if found is not None and node.inputs[place] in self.values:
                    value = self.value(node.inputs[place])
                    text = self.with_number(operator, found, behind=place == 0)
                    return self.chain(text, value)
            if operator == "add" and self.bias(node):
                return self.value(next(name for name in node.inputs if name in self.values))
        return self.merged(operator, [self.value(name) for name in node.inputs])

    def single(self, name: str) -> float | None:
        """The number of a constant that is the same everywhere and no weight; None if it is not one."""
        fixed = self.constants.get(name)
        if fixed is None or fixed.array is None or not fixed.array.size or (fixed.trained and fixed.array.size > 1):
            return None
        flat = np.asarray(fixed.array).reshape(-1)
        return float(flat[0]) if flat.size == 1 else None

    def chain(self, texts: list[str], value: Value) -> Value:
        """Operations one after the other that keep the size."""
        for text in texts:
            value = self.point(text, value)
        return value

    def with_number(self, operator: str, value: float, *, behind: bool) -> list[str]:
        """Arithmetic with a number; ``behind``: the number is the second operand."""
        text = number(value)
        if operator in ("add", "mul"):
            return [f"{'shift' if operator == 'add' else 'scale'} {text}"]
        if operator == "sub":
            return [f"shift {number(-value)}"] if behind else ["scale -1", *([f"shift {text}"] if value else [])]
        if operator == "div":
            if not behind:
                return ["reciprocal", *([f"scale {text}"] if value != 1 else [])]
            return [f"scale {number(1 / value)}"] if value else self.build.refuse("Div by zero")
        if operator in ("max", "min"):
            return [f"clamp {'min' if operator == 'max' else 'max'}={text}"]
        if operator == "pow" and behind and value in (0.5, 1, 2):
            return {0.5: ["sqrt"], 1: [], 2: ["square"]}[value]
        return [f"{operator}(id, number {text})" if behind else f"{operator}(number {text}, id)"]

    def bias(self, node: Node) -> bool:
        """Whether a constant behind a matrix product without a bias, which nothing else reads, has become the product's own."""
        name = next((name for name in node.inputs if name in self.values), "")
        fixed = next((self.constants[other] for other in node.inputs if other in self.constants), None)
        if not name or fixed is None or self.uses.get(name, 0) > 1:
            return False
        value = self.value(name)
        made: Any = self.build.root.items[-1] if self.build.root.items else None
        if made is None or made.output != value.place or fixed.dims != (self.shape(value)[-1],):
            return False
        if not made.text.startswith("linear ") or not made.text.endswith(" nobias"):
            return False
        made.text = made.text.removesuffix(" nobias")
        return True

    def on_where(self, node: Node) -> Value:
        """One or the other, by a condition."""
        return self.merged("where", [self.value(name) for name in node.inputs])

    def on_mean(self, node: Node) -> Value:
        """The mean of values."""
        made = self.merged("add", [self.value(name) for name in node.inputs])
        return self.point(f"scale (1/{len(node.inputs)})", made)

    # ------------------------------------------------------------------------------------------ activations

    def on_leakyrelu(self, node: Node) -> Value:
        """With its slope."""
        return self.point(f"leaky {number(node.values.get('alpha', 0.01))}", self.value(node.inputs[0]))

    def on_elu(self, node: Node) -> Value:
        """With its factor."""
        return self.point(f"elu {number(node.values.get('alpha', 1.0))}", self.value(node.inputs[0]))

    def on_celu(self, node: Node) -> Value:
        """With its factor."""
        return self.point(f"celu {number(node.values.get('alpha', 1.0))}", self.value(node.inputs[0]))

    def on_thresholdedrelu(self, node: Node) -> Value:
        """Zero up to a threshold."""
        return self.point(f"threshold {number(node.values.get('alpha', 1.0))} 0", self.value(node.inputs[0]))

    def on_gelu(self, node: Node) -> Value:
        """Exact, or by a tanh."""
        word = "gelu tanh" if node.word("approximate", "none") == "tanh" else "gelu"
        return self.point(word, self.value(node.inputs[0]))

    def on_hardsigmoid(self, node: Node) -> Value:
        """PyTorch's, or one with factors of its own."""
        alpha, beta = float(node.values.get("alpha", 0.2)), float(node.values.get("beta", 0.5))
        value = self.value(node.inputs[0])
        if abs(alpha - 1 / 6) < 1e-6 and beta == 0.5:  # noqa: PLR2004 (what torch calls so)
            return self.point("hardsigmoid", value)
        return self.chain([f"scale {number(alpha)}", f"shift {number(beta)}", "clamp 0 1"], value)

    def on_prelu(self, node: Node) -> Value:
        """One slope, one per channel, or a tensor of them."""
        value, fixed = self.value(node.inputs[0]), self.constants.get(node.inputs[1])
        dims = fixed.dims if fixed is not None else ()
        if fixed is not None and prod(dims) == 1:
            return self.point("prelu", value, name=self.label(node))
        channels = (self.shape(value)[0], *(1,) * (len(value.layout) - 2))
        if value.plain and dims[-len(channels) :] == channels and prod(dims) == channels[0]:
            return self.point("prelu channelwise", value, name=self.label(node))
        negative = self.merged("mul", [self.point("clamp max=0", value), self.value(node.inputs[1])])
        return self.merged("add", [self.point("relu", value), negative])

    def on_clip(self, node: Node) -> Value:
        """Between limits, or to one side."""
        limits = [node.values.get("min"), node.values.get("max")]
        for place in (1, 2):
            if node.has(place):
                limits[place - 1] = float(np.asarray(self.given(node, place)).reshape(-1)[0])
        value = self.value(node.inputs[0])
        if limits == [0.0, 6.0]:
            return self.point("relu6", value)
        words = [
            f"{key}={number(limit)}" for key, limit in zip(("min", "max"), limits, strict=True) if limit is not None
        ]
        return self.point(f"clamp {' '.join(words)}", value) if words else value

    def on_softmax(self, node: Node) -> Value:
        """Along an axis; before opset 13 over everything from the axis on."""
        op = "softmax" if node.kind == "Softmax" else "logsoftmax"
        value, old = self.value(node.inputs[0]), self.opset < 13  # noqa: PLR2004 (the opset)
        axis = int(node.values.get("axis", 1 if old else -1))
        place = axis % len(value.layout)
        if old and place < len(value.layout) - 1 and prod(own(value.layout[place + 1 :])) > 1:
            if place != 1 or not value.plain:
                self.build.refuse(f"{node.kind} over several axes")
            flat = self.build.chain(["flatten", op], value.place)
            return self.laid(Value(flat, ()), value.layout)
        return self.point(self.along(op, self.axis(axis, value)), value)

    on_logsoftmax = on_softmax

    def on_dropout(self, node: Node) -> Value:
        """Of single numbers."""
        array = self.array(node.inputs[1]) if node.has(1) else None
        ratio = node.values.get("ratio", 0.5) if array is None else float(np.asarray(array).reshape(-1)[0])
        return self.point(f"dropout {number(ratio)}", self.value(node.inputs[0]))
