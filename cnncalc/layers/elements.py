"""Functions of single numbers, each by itself. E is the number of elements.

What autograd keeps is stated by torch's derivatives.yaml, as for activations: the input, the output, or nothing.
"""

from __future__ import annotations

from typing import ClassVar, final

from cnncalc.diagnostics import ShapeError
from cnncalc.layers.activation import Activation
from cnncalc.layers.arguments import Real, expression, literal
from cnncalc.layers.base import Cost, Example, Shape, TorchCall


class Element(Activation):
    """A function of torch, called by its name; ``each`` is the cost of one element."""

    target: ClassVar[str]

    def torch(self, *inputs: Shape) -> TorchCall:
        """``torch.sqrt(x)``."""
        del inputs
        return expression(f"torch.{self.target}({{0}})")


@final
class Sqrt(Element):
    """Square root: one root per element (1E). Keeps the output."""

    op = "sqrt"
    target = "sqrt"
    each = {"exp": 1}
    keeps = "output"


@final
class Rsqrt(Element):
    """``1 / sqrt(x)``: a root and a division (2E). Keeps the output."""

    op = "rsqrt"
    target = "rsqrt"
    each = {"exp": 1, "div": 1}
    keeps = "output"


@final
class Square(Element):
    """``x * x``: one multiplication (1E). Keeps the input."""

    op = "square"
    target = "square"
    each = {"mul": 1}
    keeps = "input"


@final
class Abs(Element):
    """The absolute value: one comparison (1E). Keeps the input."""

    op = "abs"
    target = "abs"
    each = {"cmp": 1}
    keeps = "input"


@final
class Exp(Element):
    """The exponential (1E). Keeps the output."""

    op = "exp"
    target = "exp"
    each = {"exp": 1}
    keeps = "output"


@final
class Log(Element):
    """The natural logarithm (1E). Keeps the input."""

    op = "log"
    target = "log"
    each = {"exp": 1}
    keeps = "input"


@final
class Sin(Element):
    """The sine (1E). Keeps the input."""

    op = "sin"
    target = "sin"
    each = {"exp": 1}
    keeps = "input"


@final
class Cos(Element):
    """The cosine (1E). Keeps the input."""

    op = "cos"
    target = "cos"
    each = {"exp": 1}
    keeps = "input"


@final
class Erf(Element):
    """The error function (1E). Keeps the input."""

    op = "erf"
    target = "erf"
    each = {"exp": 1}
    keeps = "input"


@final
class Neg(Element):
    """``-x``: one multiplication (1E), as within a sigmoid. Keeps nothing."""

    op = "neg"
    target = "neg"
    each = {"mul": 1}
    keeps = "nothing"


@final
class Reciprocal(Element):
    """``1 / x``: one division (1E). Keeps the output."""

    op = "reciprocal"
    target = "reciprocal"
    each = {"div": 1}
    keeps = "output"


@final
class Clamp(Element):
    """The nearest number between ``min`` and ``max``: one comparison for each of them that is given. Keeps the input."""

    op = "clamp"
    positional = ("min", "max")
    target = "clamp"
    each = {"cmp": 1}
    keeps = "input"
    EXAMPLES = (
        Example({"min": 0, "max": 1}, ((8, 5, 7),), "clamp 0 1"),
        Example({"min": -1}, ((6, 9),), "clamp -1"),
        Example({"max": 6}, ((10,),), "clamp max=6"),
    )

    min: Real | None = None
    max: Real | None = None

    def infer(self, *inputs: Shape) -> Shape:
        """The shape of the input.

        Raises:
            ShapeError: neither limit is given.
        """
        if self.min is None and self.max is None:
            raise ShapeError("clamp needs a limit", hint="clamp 0 1, clamp min=0 or clamp max=6", assume=inputs[0])
        return inputs[0]

    def cost(self, *inputs: Shape) -> Cost:
        """One comparison per limit and element."""
        limits = (self.min is not None) + (self.max is not None)
        return {kind: limits * count for kind, count in super().cost(*inputs).items()}

    def torch(self, *inputs: Shape) -> TorchCall:
        """``torch.clamp(x, 0, 1)``."""
        del inputs
        given = {"min": self.min, "max": self.max}
        limits = [f"{name}={literal(value)}" for name, value in given.items() if value is not None]
        return expression(f"torch.clamp({{0}}, {', '.join(limits)})")
