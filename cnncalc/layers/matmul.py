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
from cnncalc.layers.broadcast import listed, stretched, stretching

MATRIX = 2
"""Axes of a matrix: rows, columns."""


@final
class Matmul(Layer):
    """Matrix product over the last two axes: (..., m, k) times (..., k, n) gives (..., m, n).

    Per matrix m * n * k multiply-accumulates. Axes before the last two are stretched where they are 1, as in arithmetic; a factor
    that exists once per network may lack them. Each factor is kept for the gradient of the other, stretched ones as a copy.
    Source: ``torch.matmul``.
    """

    op = "matmul"
    arity = None
    stretches = True
    EXAMPLES = (
        Example({}, ((5, 6), (6, 7)), "matmul(id, id)"),
        Example({}, ((3, 5, 6), (3, 6, 2)), "matmul(id, id)"),
        Example({}, ((3, 5, 6), (1, 6, 2)), "matmul(id, id)"),
        Example({}, ((2, 1, 5, 6), (1, 3, 6, 2)), "matmul(id, id)"),
    )

    def infer(self, *inputs: Shape) -> Shape:
        """Rows of the first, columns of the second.

        Raises:
            ShapeError: there are not two factors, they have no rows and columns, or sizes differ.
        """
        if len(inputs) != 2:  # noqa: PLR2004 (a product has two factors)
            message = f"matmul needs 2 inputs; found {len(inputs)}"
            raise ShapeError(message, hint="nest them: matmul(matmul(a, b), c)", assume=inputs[0])
        left, right = inputs
        if min(len(left), len(right)) < MATRIX:
            message = f"matmul: rows and columns are needed: {listed(inputs)}"
            raise ShapeError(message, hint="give the value a second axis: unsqueeze", assume=left)
        if left[-1] != right[-2]:
            message = f"matmul: inner sizes differ: {left[-1]} columns, {right[-2]} rows"
            hint = "put permute (1,0) on one of the paths, or change a width"
            raise ShapeError(message, hint=hint, assume=(*left[:-1], right[-1]))
        return (*self._leading(inputs), left[-2], right[-1])

    def _leading(self, inputs: tuple[Shape, ...]) -> Shape:
        """The axes before the last two.

        Raises:
            ShapeError: their sizes differ and are not 1.
        """
        left, right = inputs
        try:
            return stretched(self.op, (left[:-2], right[:-2]))
        except ShapeError:
            message = f"matmul: axes before the last two differ: {listed(inputs)}"
            raise ShapeError(message, hint="both need the same ones, or axes of size 1", assume=left) from None

    def often(self, times: tuple[int, ...], *inputs: Shape) -> int:
        """As often as the factors do.

        Raises:
            ShapeError: one that exists per sample has fewer axes than the other.
        """
        return stretching(self.op, times, inputs)

    def cost(self, *inputs: Shape) -> Cost:
        """One MAC per element of the output and inner index."""
        return {"mac": prod(self.infer(*inputs)) * inputs[0][-1]}

    def reach(self, *inputs: Shape) -> Reach:
        """Rows meet columns: everything."""
        del inputs
        return GLOBAL

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """The factors whose partner needs a gradient; copies of those that are stretched along some of several axes."""
        leading = self._leading(inputs)
        kept, extra = [], 0
        for place in (0, 1):
            if not run.needs[1 - place]:
                continue
            if self._copied(place, leading, run, inputs):
                extra += prod((*leading, *inputs[place][-2:])) * run.batch * run.itemsize
            else:
                kept.append(place)
        return Saved(tuple(kept), extra=extra)

    @staticmethod
    def _copied(place: int, leading: Shape, run: Run, inputs: tuple[Shape, ...]) -> bool:
        """Whether a factor is stretched to a stack of matrices, which a view cannot be unless all of them are the same one."""
        own = (1,) * (len(leading) + 2 - len(inputs[place])) + inputs[place][:-2]
        once = bool(run.once) and run.once[place] and not all(run.once)
        axes = [(1 if once else run.batch, run.batch), *zip(own, leading, strict=True)]
        wide = [(before, after) for before, after in axes if after > 1]
        return any(before != after for before, after in wide) and any(before > 1 for before, _ in wide)

    def is_composite(self, *inputs: Shape) -> bool:
        """Axes before the last two are taken for one first, which may need copies."""
        return max(map(len, inputs)) > MATRIX

    def torch(self, *inputs: Shape) -> TorchCall:
        """``{0} @ {1}``."""
        del inputs
        return expression("{0} @ {1}")
