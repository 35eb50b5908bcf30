"""The matrix product of two values."""

from __future__ import annotations

from math import prod
from typing import final

from cnncalc.diagnostics import ShapeError
from cnncalc.layers.arguments import expression
from cnncalc.layers.base import (
    GLOBAL,
    Cost,
    Example,
    Layer,
    Reach,
    Run,
    Saved,
    Shape,
    TorchCall,
)
from cnncalc.layers.broadcast import listed


@final
class Matmul(Layer):
    """Matrix product over the last two axes: (..., m, k) times (..., k, n) gives (..., m, n).

    Per matrix m * n * k multiply-accumulates. Each factor is kept for the gradient of the other.
    """

    op = "matmul"
    arity = None
    EXAMPLES = (
        Example({}, ((5, 6), (6, 7)), "matmul(id, id)"),
        Example({}, ((3, 5, 6), (3, 6, 2)), "matmul(id, id)"),
    )

    def infer(self, *inputs: Shape) -> Shape:
        """Rows of the first, columns of the second.

        Raises:
            ShapeError: there are not two factors, they have no rows and columns, or the inner sizes differ.
        """
        if len(inputs) != 2:  # noqa: PLR2004 (a product has two factors)
            message = f"matmul needs 2 inputs; found {len(inputs)}"
            raise ShapeError(message, hint="nest them: matmul(matmul(a, b), c)", assume=inputs[0])
        left, right = inputs
        if len(left) < 2 or left[:-2] != right[:-2] or len(left) != len(right):  # noqa: PLR2004 (rows and columns)
            message = f"matmul: axes before the last two differ: {listed(inputs)}"
            raise ShapeError(
                message, hint="both inputs need rows and columns, and the same axes before them", assume=left
            )
        if left[-1] != right[-2]:
            message = f"matmul: inner sizes differ: {left[-1]} columns, {right[-2]} rows"
            raise ShapeError(
                message, hint="put permute (1,0) on one of the paths, or change a width", assume=(*left[:-1], right[-1])
            )
        return (*left[:-1], right[-1])

    def cost(self, *inputs: Shape) -> Cost:
        """One MAC per element of the output and inner index."""
        return {"mac": prod(inputs[0]) * inputs[1][-1]}

    def reach(self, *inputs: Shape) -> Reach:
        """Rows meet columns: everything."""
        del inputs
        return GLOBAL

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """The factors whose partner needs a gradient."""
        del inputs
        return Saved(tuple(i for i in (0, 1) if run.needs[1 - i]))

    def is_composite(self, *inputs: Shape) -> bool:
        """Axes before the last two are taken for one first, which may need copies."""
        return len(inputs[0]) > 2  # noqa: PLR2004 (rows and columns)

    def torch(self, *inputs: Shape) -> TorchCall:
        """``{0} @ {1}``."""
        del inputs
        return expression("{0} @ {1}")
