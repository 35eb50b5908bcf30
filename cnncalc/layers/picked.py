"""Places of an axis in another order: some of them, backwards, or again and again. A copy of the numbers, no operations."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from cnncalc.diagnostics import ShapeError
from cnncalc.layers.arguments import Count, axis, expression
from cnncalc.layers.base import (
    Example,
    Layer,
    Picked,
    Reach,
    Run,
    Same,
    Saved,
    Shape,
    TorchCall,
    shown,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

INDEX = 8
"""Bytes of one place, a whole number of 64 bits."""


def picking(maps: Mapping[int, Sequence[int]], shape: Shape) -> Reach:
    """Which place every output reads, for some axes; its own on all others."""
    first, *axes = (Picked(tuple(maps[a])) if a in maps else Same() for a in range(len(shape)))
    return Reach(tuple(axes), first=first)


@final
class Take(Layer):
    """Some places of an axis in the order given: ``take (0,2,5)``; the first axis unless said otherwise. Negative ones count from the end.

    A copy of the numbers, no operations; the list is kept. Source: ``torch.index_select``.
    """

    op = "take"
    positional = ("indices", "dim")
    EXAMPLES = (
        Example({"indices": (0, 2, 5)}, ((8, 5, 7),), "take (0,2,5)"),
        Example({"indices": (3, 3, -1, 0), "dim": -1}, ((6, 9),), "take (3,3,-1,0) -1"),
        Example({"indices": 4, "dim": 2}, ((3, 4, 5),), "take 4 2"),
    )

    indices: int | tuple[int, ...]
    dim: int = 0

    def taken(self, shape: Shape) -> list[int]:
        """The places, counted from 0.

        Raises:
            ShapeError: there is no such axis, or no such place on it.
        """
        size = shape[axis(self.dim, shape)]
        indices = (self.indices,) if isinstance(self.indices, int) else self.indices
        for place in indices:
            if not -size <= place < size:
                message = f"take {place}: axis {axis(self.dim, shape)} of {shown(shape)} has places 0 to {size - 1}"
                raise ShapeError(message, argument="indices", hint=f"use 0 to {size - 1}", assume=shape)
        return [place % size for place in indices]

    def infer(self, *inputs: Shape) -> Shape:
        """As many places as are listed.

        Raises:
            ShapeError: there is no such axis, or no such place on it.
        """
        dim = axis(self.dim, inputs[0])
        return (*inputs[0][:dim], len(self.taken(inputs[0])), *inputs[0][dim + 1 :])

    def reach(self, *inputs: Shape) -> Reach:
        """The places that are listed."""
        return picking({axis(self.dim, inputs[0]): self.taken(inputs[0])}, inputs[0])

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """The list."""
        return Saved(extra=INDEX * len(self.taken(inputs[0])) if run.needs[0] else 0)

    def torch(self, *inputs: Shape) -> TorchCall:
        """``x[:, [0, 2, 5]]``."""
        colons = ":, " * (axis(self.dim, inputs[0]) + 1)
        return expression(f"{{0}}[{colons}{self.taken(inputs[0])}]")


@final
class Flip(Layer):
    """Axes backwards, all spatial ones unless said otherwise; ``flip -1`` mirrors an image. Source: ``torch.flip``."""

    op = "flip"
    positional = ("dim",)
    EXAMPLES = (
        Example({}, ((4, 5, 7),), "flip"),
        Example({"dim": -1}, ((6, 9),), "flip -1"),
        Example({"dim": (0, 2)}, ((4, 3, 5),), "flip (0,2)"),
    )

    dim: int | tuple[int, ...] | None = None

    def axes(self, shape: Shape) -> list[int]:
        """The axes that are turned.

        Raises:
            ShapeError: there is no such axis, or one is named twice.
        """
        if self.dim is None:
            return list(range(1, len(shape))) or [0]
        dims = (self.dim,) if isinstance(self.dim, int) else self.dim
        axes = [axis(d, shape) for d in dims]
        if len(set(axes)) < len(axes):
            message = f"flip: an axis of {shown(shape)} is named twice"
            raise ShapeError(message, argument="dim", hint="name every axis once", assume=shape)
        return axes

    def infer(self, *inputs: Shape) -> Shape:
        """The shape of the input.

        Raises:
            ShapeError: there is no such axis, or one is named twice.
        """
        self.axes(inputs[0])
        return inputs[0]

    def reach(self, *inputs: Shape) -> Reach:
        """The place as far from the other end."""
        return picking({a: range(inputs[0][a] - 1, -1, -1) for a in self.axes(inputs[0])}, inputs[0])

    def torch(self, *inputs: Shape) -> TorchCall:
        """``x.flip``, which counts the batch."""
        return expression(f"{{0}}.flip({', '.join(str(a + 1) for a in self.axes(inputs[0]))})")


@final
class Tile(Layer):
    """The value again and again along its axes: ``tile 1x2x3`` of 4x5x7 gives 4x10x21. Source: ``torch.tile``."""

    op = "tile"
    positional = ("repeats",)
    EXAMPLES = (
        Example({"repeats": (1, 2, 3)}, ((4, 5, 7),), "tile 1x2x3"),
        Example({"repeats": (3, 1)}, ((6, 9),), "tile 3x1"),
        Example({"repeats": 2}, ((10,),), "tile 2"),
    )

    repeats: Count | tuple[Count, ...]

    def infer(self, *inputs: Shape) -> Shape:
        """So many times each axis.

        Raises:
            ShapeError: there is not a number for every axis.
        """
        repeats = (self.repeats,) if isinstance(self.repeats, int) else self.repeats
        if len(repeats) != len(inputs[0]):
            message = f"tile: {len(repeats)} numbers for the {len(inputs[0])} axes of {shown(inputs[0])}"
            raise ShapeError(message, argument="repeats", hint="give one per axis: tile 1x2x2", assume=inputs[0])
        return tuple(n * r for n, r in zip(inputs[0], repeats, strict=True))

    def reach(self, *inputs: Shape) -> Reach:
        """The places from the start again."""
        pairs = enumerate(zip(inputs[0], self.infer(*inputs), strict=True))
        return picking({a: [o % n for o in range(out)] for a, (n, out) in pairs if out > n}, inputs[0])

    def torch(self, *inputs: Shape) -> TorchCall:
        """``x.repeat``, which counts the batch."""
        repeats = [out // n for out, n in zip(self.infer(*inputs), inputs[0], strict=True)]
        return expression(f"{{0}}.repeat({', '.join(map(str, (1, *repeats)))})")
