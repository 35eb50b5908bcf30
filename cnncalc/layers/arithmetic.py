"""Arithmetic with a constant, and the mean over axes."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import ClassVar, final

from cnncalc.layers.arguments import Real, axis, expression, literal
from cnncalc.layers.base import GLOBAL, Cost, Example, Layer, Reach, Same, Shape, TorchCall, Whole, channels_mixed


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


@final
class Mean(Layer):
    """Mean over axes, counted without the batch: all but the first unless said otherwise; the axes disappear.

    ``keepdim`` leaves them with size 1. For every output of n numbers n - 1 additions and a division. Saves nothing.
    """

    op = "mean"
    positional = ("dim",)
    words = {"keepdim": {"keepdim": True}}
    EXAMPLES = (
        Example({}, ((8, 5, 7),), "mean"),
        Example({"dim": 0}, ((6, 9),), "mean 0"),
        Example({"dim": (1, -1), "keepdim": True}, ((4, 3, 4, 5),), "mean (1,-1) keepdim"),
    )

    dim: int | tuple[int, ...] | None = None
    keepdim: bool = False

    def _axes(self, shape: Shape) -> tuple[int, ...]:
        if self.dim is None:
            return tuple(range(1, len(shape))) or (0,)
        dims = (self.dim,) if isinstance(self.dim, int) else self.dim
        return tuple(sorted({axis(d, shape) for d in dims}))

    def infer(self, *inputs: Shape) -> Shape:
        """The other axes; a value of one number keeps an axis of size 1.

        Raises:
            ShapeError: there is no such axis.
        """
        gone = self._axes(inputs[0])
        if self._keeps(inputs[0]):
            return tuple(1 if a in gone else size for a, size in enumerate(inputs[0]))
        return tuple(size for a, size in enumerate(inputs[0]) if a not in gone)

    def _keeps(self, shape: Shape) -> bool:
        return self.keepdim or len(self._axes(shape)) == len(shape)

    def cost(self, *inputs: Shape) -> Cost:
        """E - U additions and U divisions for E numbers in and U out."""
        out = prod(self.infer(*inputs))
        return {"add": prod(inputs[0]) - out, "div": out}

    def reach(self, *inputs: Shape) -> Reach:
        """The whole of the axes; everything, once an axis disappears."""
        gone = self._axes(inputs[0])
        if gone == (0,):
            return channels_mixed(inputs[0]) if self.keepdim else GLOBAL
        if not self.keepdim:
            return GLOBAL
        return Reach(
            tuple(Whole() if a in gone else Same() for a in range(1, len(inputs[0]))),
            first=None if 0 in gone else Same(),
        )

    def torch(self, *inputs: Shape) -> TorchCall:
        """``x.mean``, whose dims count the batch."""
        dims = [a + 1 for a in self._axes(inputs[0])]
        keep = ", keepdim=True" if self._keeps(inputs[0]) else ""
        return expression(f"{{0}}.mean({dims[0] if len(dims) == 1 else tuple(dims)}{keep})")
