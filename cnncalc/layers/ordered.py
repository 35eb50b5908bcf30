"""What depends on the order of numbers along an axis: running sums, the largest few, classes as vectors."""

from __future__ import annotations

from math import prod
from typing import final

from cnncalc.diagnostics import ShapeError
from cnncalc.layers.arguments import Count, axis, expression
from cnncalc.layers.base import (
    GLOBAL,
    AxisMap,
    Cost,
    Example,
    Layer,
    Reach,
    Run,
    Same,
    Saved,
    Shape,
    TorchCall,
    Whole,
    Window,
    shown,
)

INDEX = 8
"""Bytes of one place, a whole number of 64 bits."""


def _along(dim: int, read: AxisMap, shape: Shape) -> Reach:
    first, *axes = (read if a == dim else Same() for a in range(len(shape)))
    return Reach(tuple(axes), first=first)


@final
class CumSum(Layer):
    """Running sum along an axis, the first unless said otherwise: n numbers take n - 1 additions. Source: ``torch.cumsum``."""

    op = "cumsum"
    positional = ("dim",)
    EXAMPLES = (
        Example({}, ((8, 5, 7),), "cumsum"),
        Example({"dim": -1}, ((6, 9),), "cumsum -1"),
        Example({"dim": 1}, ((3, 4, 5, 6),), "cumsum 1"),
    )

    dim: int = 0

    def infer(self, *inputs: Shape) -> Shape:
        """The shape of the input.

        Raises:
            ShapeError: there is no such axis.
        """
        axis(self.dim, inputs[0])
        return inputs[0]

    def cost(self, *inputs: Shape) -> Cost:
        """An addition for every number but the first of a line."""
        size = inputs[0][axis(self.dim, inputs[0])]
        return {"add": prod(inputs[0]) // size * (size - 1)}

    def reach(self, *inputs: Shape) -> Reach:
        """Every place up to its own: a window as long as the axis that ends there."""
        dim = axis(self.dim, inputs[0])
        size = inputs[0][dim]
        return _along(dim, Window(size, 1, size - 1, 0), inputs[0])

    def torch(self, *inputs: Shape) -> TorchCall:
        """``x.cumsum``, whose dim counts the batch."""
        return expression(f"{{0}}.cumsum({axis(self.dim, inputs[0]) + 1})")


@final
class TopK(Layer):
    """The ``k`` largest numbers along an axis, the first unless said otherwise, the largest in front.

    Taken as k searches for a largest: ``n - 1 + n - 2 + ...`` comparisons, k of them, for n numbers. Keeps the places, 8 bytes each.
    Source: ``torch.topk``.
    """

    op = "topk"
    positional = ("k", "dim")
    EXAMPLES = (
        Example({"k": 3}, ((8, 5, 7),), "topk 3"),
        Example({"k": 1, "dim": -1}, ((6, 9),), "topk 1 -1"),
        Example({"k": 4, "dim": 1}, ((3, 4, 5),), "topk 4 1"),
    )

    k: Count
    dim: int = 0

    def infer(self, *inputs: Shape) -> Shape:
        """K along the axis.

        Raises:
            ShapeError: there is no such axis, or there are fewer than k numbers on it.
        """
        dim = axis(self.dim, inputs[0])
        size, out = inputs[0][dim], (*inputs[0][:dim], self.k, *inputs[0][dim + 1 :])
        if self.k > size:
            message = f"topk {self.k}: axis {dim} of {shown(inputs[0])} has {size} numbers"
            raise ShapeError(message, argument="k", hint=f"use at most {size}", assume=out)
        return out

    def cost(self, *inputs: Shape) -> Cost:
        """K searches for a largest along every line."""
        size = inputs[0][axis(self.dim, inputs[0])]
        return {"cmp": prod(inputs[0]) // size * (self.k * (size - 1) - self.k * (self.k - 1) // 2)}

    def reach(self, *inputs: Shape) -> Reach:
        """The whole axis."""
        return _along(axis(self.dim, inputs[0]), Whole(), inputs[0])

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """The places."""
        return Saved(extra=INDEX * prod(self.infer(*inputs)) * run.batch if run.needs[0] else 0)

    def is_composite(self, *inputs: Shape) -> bool:
        """It gives the places too."""
        del inputs
        return True

    def torch(self, *inputs: Shape) -> TorchCall:
        """``x.topk(k, dim)[0]``."""
        return expression(f"{{0}}.topk({self.k}, {axis(self.dim, inputs[0]) + 1})[0]")


@final
class OneHot(Layer):
    """Whole numbers as vectors with one 1, along a new last axis: ``argmax | onehot 10``. Whole numbers, no gradient.

    Source: ``torch.nn.functional.one_hot``.
    """

    op = "onehot"
    positional = ("classes",)
    itemsize = 8
    has_gradient = False
    takes_indices = True
    EXAMPLES = ()

    classes: Count

    def infer(self, *inputs: Shape) -> Shape:
        """An axis more."""
        return (*inputs[0], self.classes)

    def reach(self, *inputs: Shape) -> Reach:
        """Everything: the axes are others."""
        del inputs
        return GLOBAL

    def torch(self, *inputs: Shape) -> TorchCall:
        """``F.one_hot``."""
        del inputs
        return expression(f"F.one_hot({{0}}, {self.classes})")
