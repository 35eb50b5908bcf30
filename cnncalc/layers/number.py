"""A number as an operand of arithmetic."""

from __future__ import annotations

from typing import final

from cnncalc.layers.arguments import Real, expression, literal
from cnncalc.layers.base import Layer, Shape, TorchCall


@final
class Number(Layer):
    """A number that stands for itself: ``sub(number 1, id)``, ``pow(id, number 0.5)``. It takes no memory and no operations."""

    op = "number"
    positional = ("value",)
    arity = 0
    EXAMPLES = ()

    value: Real

    def infer(self, *inputs: Shape) -> Shape:
        """No axes."""
        del inputs
        return ()

    def torch(self, *inputs: Shape) -> TorchCall:
        """The number as Python writes it."""
        del inputs
        return expression(literal(self.value))
