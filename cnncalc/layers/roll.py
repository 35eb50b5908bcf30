"""Cyclic shifts."""

from __future__ import annotations

from typing import final

from cnncalc.diagnostics import ShapeError
from cnncalc.layers.arguments import axis, expression
from cnncalc.layers.base import Cyclic, Example, Layer, Reach, Same, Shape, TorchCall


@final
class Roll(Layer):
    """Shifts axes round: what leaves at one end comes in at the other.

    One shift for every axis in ``dims``, counted without the batch: the spatial axes of (C, *sizes) unless said otherwise.
    A copy of the numbers, no operations. Source: ``torch.roll``; for shifted windows Liu et al. (2021).
    """

    op = "roll"
    positional = ("shifts", "dims")
    EXAMPLES = (
        Example({"shifts": 2}, ((4, 5, 7),), "roll 2"),
        Example({"shifts": (-3, -3), "dims": (0, 1)}, ((6, 8, 5),), "roll (-3,-3) dims=(0,1)"),
        Example({"shifts": -1, "dims": 0}, ((6, 9),), "roll -1 0"),
    )

    shifts: int | tuple[int, ...]
    dims: int | tuple[int, ...] | None = None

    def moved(self, shape: Shape) -> dict[int, int]:
        """The shift of every axis that is shifted.

        Raises:
            ShapeError: there is no such axis, or not a shift for each.
        """
        dims = tuple(range(1, len(shape))) or (0,) if self.dims is None else self.dims
        axes = [axis(d, shape, "dims") for d in (dims if isinstance(dims, tuple) else (dims,))]
        shifts = self.shifts if isinstance(self.shifts, tuple) else (self.shifts,) * len(axes)
        if len(shifts) != len(axes) or len(set(axes)) != len(axes):
            message = f"roll: {len(shifts)} shifts for {len(set(axes))} axes"
            raise ShapeError(message, argument="shifts", hint="give one shift, or one per axis", assume=shape)
        return dict(zip(axes, shifts, strict=True))

    def infer(self, *inputs: Shape) -> Shape:
        """The shape of the input."""
        self.moved(inputs[0])
        return inputs[0]

    def reach(self, *inputs: Shape) -> Reach:
        """Shifted round."""
        shifts = self.moved(inputs[0])
        maps = [Cyclic(shifts[a], n) if a in shifts else Same() for a, n in enumerate(inputs[0])]
        return Reach(tuple(maps[1:]), first=maps[0])

    def torch(self, *inputs: Shape) -> TorchCall:
        """``x.roll``, which counts the batch."""
        shifts = self.moved(inputs[0])
        amount, dims = tuple(shifts.values()), tuple(a + 1 for a in shifts)
        if len(dims) == 1:
            return expression(f"{{0}}.roll({amount[0]}, {dims[0]})")
        return expression(f"{{0}}.roll({amount}, {dims})")
