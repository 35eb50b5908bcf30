"""Arithmetic with a constant."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import ClassVar, final

from cnncalc.layers.arguments import Real, expression, literal
from cnncalc.layers.base import Cost, Example, Layer, Shape, TorchCall


class _Constant(Layer):
    """One operation per element with a constant; saves nothing."""

    positional = ("value",)
    kind: ClassVar[str]
    sign: ClassVar[str]
    EXAMPLES = (
        Example({"value": Fraction(1, 2)}, ((8, 5, 7),)),
        Example({"value": -3}, ((6, 9),)),
    )

    value: Real

    def infer(self, *inputs: Shape) -> Shape:
        """The shape of the input."""
        return inputs[0]

    def cost(self, *inputs: Shape) -> Cost:
        """One operation per element."""
        return {self.kind: prod(inputs[0])}

    def torch(self, *inputs: Shape) -> TorchCall:
        """The operation."""
        del inputs
        return expression(f"{{0}} {self.sign} {literal(self.value)}")


@final
class Scale(_Constant):
    """Multiplies by a constant: one multiplication per element. Saves nothing."""

    op = "scale"
    kind = "mul"
    sign = "*"


@final
class Shift(_Constant):
    """Adds a constant: one addition per element. Saves nothing."""

    op = "shift"
    kind = "add"
    sign = "+"
