"""Flatten, and what all views have in common: they move no numbers and cost no operations."""

from __future__ import annotations

from math import prod
from typing import final

from cnncalc.diagnostics import ShapeError
from cnncalc.layers.arguments import axis, module
from cnncalc.layers.base import GLOBAL, POINTWISE, Arg, Example, Layer, Reach, Shape, TorchCall


class View(Layer):
    """A layer whose output shares the storage of its input."""

    def is_view(self, *inputs: Shape) -> bool:
        """Always, on contiguous values."""
        del inputs
        return True

    def reach(self, *inputs: Shape) -> Reach:
        """Axes lose their meaning: what follows sees everything, unless the shape stays the same."""
        return POINTWISE if self.infer(*inputs) == inputs[0] else GLOBAL


@final
class Flatten(View):
    """Joins the axes from ``start`` to ``end`` (counted without the batch) into one; all of them unless said otherwise.

    A view: no operations, no bytes. Source: ``torch.nn.Flatten``.
    """

    op = "flatten"
    positional = ("start", "end")
    EXAMPLES = (
        Example({}, ((8, 5, 7),), "flatten"),
        Example({}, ((6, 9),), "flatten"),
        Example({"start": 1}, ((4, 3, 4, 5),), "flatten 1"),
        Example({"start": 0, "end": 1}, ((4, 3, 5),), "flatten 0 1"),
    )

    start: int = 0
    end: int = -1

    def infer(self, *inputs: Shape) -> Shape:
        """The joined axes become one of their product.

        Raises:
            ShapeError: there is no such axis, or ``end`` is before ``start``.
        """
        shape = inputs[0]
        start, end = axis(self.start, shape, "start", (prod(shape),)), axis(self.end, shape, "end", (prod(shape),))
        if start > end:
            message = f"flatten from axis {start} to axis {end}: the end is before the start"
            raise ShapeError(message, argument="end", hint="name the first axis first", assume=(prod(shape),))
        return (*shape[:start], prod(shape[start : end + 1]), *shape[end + 1 :])

    def torch(self, *inputs: Shape) -> TorchCall:
        """``nn.Flatten``, which counts the batch."""
        start, end = axis(self.start, inputs[0]) + 1, axis(self.end, inputs[0]) + 1
        if end == len(inputs[0]):
            return module("Flatten", *([Arg(start)] if start > 1 else []))
        return module("Flatten", Arg(start), Arg(end))
