"""Comparisons of two values, element by element, and the choice that they make. Truth values take one byte and have no gradient."""

from __future__ import annotations

from typing import ClassVar, final

from cnncalc.layers.arguments import expression
from cnncalc.layers.base import Cost, Example, Run, Saved, Shape, TorchCall
from cnncalc.layers.broadcast import Elementwise


class _Comparison(Elementwise):
    """One comparison per element; the result is true or false."""

    kind = "cmp"
    operands = 2
    itemsize = 1
    has_gradient = False
    sign: ClassVar[str]
    EXAMPLES = (Example({}, ((8, 5, 7), (8, 1, 1))), Example({}, ((6, 9), (6, 9))))

    def torch(self, *inputs: Shape) -> TorchCall:
        """The operator of Python."""
        del inputs
        return expression(f"{{0}} {self.sign} {{1}}")


@final
class Less(_Comparison):
    """Where the first operand is less than the second: one comparison per element."""

    op = "lt"
    sign = "<"


@final
class LessEqual(_Comparison):
    """Where the first operand is at most the second: one comparison per element."""

    op = "le"
    sign = "<="


@final
class Greater(_Comparison):
    """Where the first operand is more than the second: one comparison per element."""

    op = "gt"
    sign = ">"


@final
class GreaterEqual(_Comparison):
    """Where the first operand is at least the second: one comparison per element."""

    op = "ge"
    sign = ">="


@final
class Equal(_Comparison):
    """Where both operands are equal: one comparison per element."""

    op = "eq"
    sign = "=="


@final
class NotEqual(_Comparison):
    """Where the operands differ: one comparison per element."""

    op = "ne"
    sign = "!="


@final
class Where(Elementwise):
    """The second operand where the first is true, else the third. No arithmetic; the condition is kept."""

    op = "where"
    kind = "cmp"
    operands = 3

    def cost(self, *inputs: Shape) -> Cost:
        """None: numbers are moved."""
        return {}

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """The condition."""
        return Saved((0,)) if any(run.needs[1:]) else Saved()

    def torch(self, *inputs: Shape) -> TorchCall:
        """``torch.where``."""
        del inputs
        return expression("torch.where({0}, {1}, {2})")
