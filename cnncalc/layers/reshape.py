"""Changes of shape that move no arithmetic: reshape, permute and the like. All cost no operations."""

from __future__ import annotations

from math import prod
from typing import final

from cnncalc.diagnostics import ShapeError
from cnncalc.layers.arguments import axis, expression
from cnncalc.layers.base import Example, Layer, Reach, Shape, TorchCall, shown
from cnncalc.layers.flatten import View


@final
class Reshape(View):
    """Gives the value other dimensions of the same product; one of them may be -1, which means what is left.

    A view: no operations, no bytes. Source: ``torch.Tensor.reshape``; the batch stays.
    """

    op = "reshape"
    aliases = ("unflatten",)
    positional = ("dims",)
    EXAMPLES = (
        Example({"dims": (8, 5, 7)}, ((280,),), "reshape 8x5x7"),
        Example({"dims": (4, -1)}, ((8, 5, 7),), "reshape (4,-1)"),
        Example({"dims": -1}, ((6, 9),), "reshape -1"),
        Example({"dims": (4, 3, 4, 5)}, ((4, 3, 4, 5),), "reshape 4x3x4x5"),
    )

    dims: int | tuple[int, ...]

    def infer(self, *inputs: Shape) -> Shape:
        """The dimensions, with -1 filled in.

        Raises:
            ShapeError: the products differ, or there is more than one -1, or a dimension of 0.
        """
        size = prod(inputs[0])
        dims = (self.dims,) if isinstance(self.dims, int) else self.dims
        given = prod(d for d in dims if d != -1)
        if dims.count(-1) > 1 or any(d < 1 for d in dims if d != -1):
            message = f"reshape: dims {self._written()} must be positive, at most one of them -1"
            raise ShapeError(message, argument="dims", hint="-1 stands for what is left", assume=inputs[0])
        if size % given or (-1 not in dims and size != given):
            message = f"reshape: {shown(inputs[0])} holds {size} numbers, which do not fill {self._written()}"
            raise ShapeError(
                message, argument="dims", hint="the product of the dimensions must stay the same", assume=inputs[0]
            )
        return tuple(size // given if d == -1 else d for d in dims)

    def _written(self) -> str:
        dims = (self.dims,) if isinstance(self.dims, int) else self.dims
        return shown(dims) if min(dims) > 0 else f"({', '.join(map(str, dims))})"

    def _cut(self, shape: Shape, out: Shape) -> tuple[int, Shape] | None:
        """The axis that is cut into several, and their sizes as they were given; None if more is changed."""
        if len(out) <= len(shape) or not isinstance(self.dims, tuple):
            return None
        more = len(out) - len(shape) + 1
        for place in range(len(shape)):
            same = out[:place] == shape[:place] and out[place + more :] == shape[place + 1 :]
            if same and prod(out[place : place + more]) == shape[place]:
                return place, self.dims[place : place + more]
        return None

    def torch(self, *inputs: Shape) -> TorchCall:
        """``x.reshape(-1, ...)``: the sizes are written out, the batch is what is left; ``x.unflatten`` if one axis is cut."""
        cut = self._cut(inputs[0], self.infer(*inputs))
        if cut is not None:
            return expression(f"{{0}}.unflatten({cut[0] + 1}, {cut[1]})")
        return expression(f"{{0}}.reshape(-1, {', '.join(map(str, self.infer(*inputs)))})")


@final
class Permute(Layer):
    """Reorders the axes, counted without the batch: output axis i is input axis ``order[i]``. A view."""

    op = "permute"
    positional = ("order",)
    EXAMPLES = (
        Example({"order": (1, 0)}, ((6, 9),), "permute (1,0)"),
        Example({"order": (1, 2, 0)}, ((8, 5, 7),), "permute (1,2,0)"),
        Example({"order": (0, -1, 1, 2)}, ((4, 3, 4, 5),), "permute (0,-1,1,2)"),
    )

    order: tuple[int, ...]

    def _order(self, shape: Shape) -> tuple[int, ...]:
        return tuple(axis(a, shape, "order") for a in self.order)

    def infer(self, *inputs: Shape) -> Shape:
        """The sizes in the new order.

        Raises:
            ShapeError: the order does not name every axis once.
        """
        shape = inputs[0]
        order = self._order(shape)
        if sorted(order) != list(range(len(shape))):
            named = ", ".join(map(str, self.order))
            message = f"order ({named}) does not name each of the {len(shape)} axes of {shown(shape)} once"
            raise ShapeError(message, argument="order", hint=f"name 0 to {len(shape) - 1}, each once", assume=shape)
        return tuple(shape[a] for a in order)

    def reach(self, *inputs: Shape) -> Reach:
        """The permutation."""
        return Reach(order=self._order(inputs[0]))

    def is_view(self, *inputs: Shape) -> bool:
        """Always."""
        del inputs
        return True

    def torch(self, *inputs: Shape) -> TorchCall:
        """``x.permute``, which counts the batch."""
        order = ", ".join(str(a + 1) for a in self._order(inputs[0]))
        return expression(f"{{0}}.permute(0, {order})")


@final
class Transpose(Layer):
    """Swaps two axes, counted without the batch: by default the first two. A view. Source: ``torch.transpose``."""

    op = "transpose"
    positional = ("dim0", "dim1")
    EXAMPLES = (
        Example({}, ((6, 9),), "transpose"),
        Example({"dim0": 1, "dim1": -1}, ((8, 5, 7),), "transpose 1 -1"),
    )

    dim0: int = 0
    dim1: int = 1

    def _order(self, shape: Shape) -> tuple[int, ...]:
        first, second = axis(self.dim0, shape, "dim0"), axis(self.dim1, shape, "dim1")
        swap = {first: second, second: first}
        return tuple(swap.get(a, a) for a in range(len(shape)))

    def infer(self, *inputs: Shape) -> Shape:
        """The sizes, two of them swapped.

        Raises:
            ShapeError: there is no such axis.
        """
        return tuple(inputs[0][a] for a in self._order(inputs[0]))

    def reach(self, *inputs: Shape) -> Reach:
        """The permutation."""
        return Reach(order=self._order(inputs[0]))

    def is_view(self, *inputs: Shape) -> bool:
        """Always."""
        del inputs
        return True

    def torch(self, *inputs: Shape) -> TorchCall:
        """``x.transpose``, which counts the batch."""
        first, second = axis(self.dim0, inputs[0], "dim0"), axis(self.dim1, inputs[0], "dim1")
        return expression(f"{{0}}.transpose({first + 1}, {second + 1})")


@final
class Squeeze(View):
    """Removes axes of size 1, counted without the batch: the one named, or all of them. A view."""

    op = "squeeze"
    positional = ("dim",)
    EXAMPLES = (
        Example({}, ((8, 1, 1),), "squeeze"),
        Example({"dim": -1}, ((6, 9, 1),), "squeeze -1"),
        Example({"dim": 0}, ((1, 1, 4, 5),), "squeeze 0"),
    )

    dim: int | None = None

    def _gone(self, shape: Shape) -> tuple[int, ...]:
        if self.dim is not None:
            return (axis(self.dim, shape),)
        return tuple(a for a, size in enumerate(shape) if size == 1 and len(shape) > 1)

    def infer(self, *inputs: Shape) -> Shape:
        """The other axes.

        Raises:
            ShapeError: the axis is not of size 1, or there is none.
        """
        shape = inputs[0]
        gone = self._gone(shape)
        left = tuple(size for a, size in enumerate(shape) if a not in gone)
        wide = [a for a in gone if shape[a] != 1]
        if wide or not gone or not left:
            found = (
                f"axis {wide[0]} of {shown(shape)} has size {shape[wide[0]]}" if wide else f"{shown(shape)} has none"
            )
            message = f"squeeze removes axes of size 1; {found}"
            raise ShapeError(message, argument="dim", hint="use flatten or mean", assume=shape)
        return left

    def torch(self, *inputs: Shape) -> TorchCall:
        """``x.squeeze``, which counts the batch."""
        gone = [a + 1 for a in self._gone(inputs[0])]
        return expression(f"{{0}}.squeeze({gone[0] if len(gone) == 1 else tuple(gone)})")
