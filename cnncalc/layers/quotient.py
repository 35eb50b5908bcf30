"""Division and powers of two values, element by element."""

from __future__ import annotations

from typing import final

from cnncalc.layers.arguments import expression
from cnncalc.layers.base import Example, Run, Saved, Shape, TorchCall
from cnncalc.layers.broadcast import Elementwise


@final
class Div(Elementwise):
    """First operand divided by the second: one division per element.

    The divisor is kept for the gradient of the first operand; both are for that of the divisor.
    """

    op = "div"
    kind = "div"
    operands = 2
    EXAMPLES = (
        Example({}, ((8, 5, 7), (8, 1, 1)), "div(id, gap)"),
        Example({}, ((6, 9), (6, 9)), "div(id, id)"),
    )

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """The divisor; the dividend if the divisor needs a gradient."""
        if run.needs[1]:
            return Saved((0, 1))
        return Saved((1,) if run.needs[0] else ())

    def is_composite(self, *inputs: Shape) -> bool:
        """One operation forward, several backward."""
        del inputs
        return True

    def torch(self, *inputs: Shape) -> TorchCall:
        """``{0} / {1}``."""
        del inputs
        return expression("{0} / {1}")


@final
class Pow(Elementwise):
    """First operand to the power of the second: one power per element. Both are kept, and unless the exponent is a plain number the result."""

    op = "pow"
    kind = "exp"
    operands = 2
    EXAMPLES = (
        Example({}, ((8, 5, 7), (8, 1, 1)), "pow(id, gap)"),
        Example({}, ((6, 9), (6, 9)), "pow(id, id)"),
    )

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """Base and exponent; the result unless the exponent is a plain number."""
        return Saved((0, 1), output=run.needs[1] or inputs[1] != ()) if any(run.needs) else Saved()

    def is_composite(self, *inputs: Shape) -> bool:
        """One operation forward, several backward."""
        del inputs
        return True

    def torch(self, *inputs: Shape) -> TorchCall:
        """``{0} ** {1}``."""
        del inputs
        return expression("{0} ** {1}")
