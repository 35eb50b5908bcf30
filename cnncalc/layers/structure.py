"""New axes, axes taken apart, axes stretched: numbers are moved or shared, nothing is computed."""

from __future__ import annotations

from typing import final

from cnncalc.diagnostics import ShapeError
from cnncalc.layers.arguments import Count, axis, expression
from cnncalc.layers.base import GLOBAL, POINTWISE, Example, Layer, Reach, Shape, TorchCall, shown
from cnncalc.layers.part import Index


@final
class Unsqueeze(Layer):
    """A new axis of size 1, in front of the others unless said otherwise. A view.

    ``dim`` counts without the batch, in the output; ``concat`` along it stacks values. Source: ``torch.unsqueeze``.
    """

    op = "unsqueeze"
    positional = ("dim",)
    EXAMPLES = (
        Example({}, ((8, 5, 7),), "unsqueeze"),
        Example({"dim": -1}, ((6, 9),), "unsqueeze -1"),
        Example({"dim": 1}, ((10,),), "unsqueeze 1"),
    )

    dim: int = 0

    def place(self, shape: Shape) -> int:
        """Where the axis comes.

        Raises:
            ShapeError: there is no such place.
        """
        return axis(self.dim, (*shape, 1))

    def infer(self, *inputs: Shape) -> Shape:
        """One axis more.

        Raises:
            ShapeError: there is no such place for it.
        """
        place = self.place(inputs[0])
        return (*inputs[0][:place], 1, *inputs[0][place:])

    def reach(self, *inputs: Shape) -> Reach:
        """Everything: the axes are others."""
        del inputs
        return GLOBAL

    def is_view(self, *inputs: Shape) -> bool:
        """Always."""
        del inputs
        return True

    def torch(self, *inputs: Shape) -> TorchCall:
        """``x.unsqueeze``; its dim counts the batch."""
        return expression(f"{{0}}.unsqueeze({self.place(inputs[0]) + 1})")


@final
class Unbind(Layer):
    """Place ``index`` (from 0) of an axis, which disappears: the first axis unless said otherwise. A view.

    Source: ``torch.unbind``.
    """

    op = "unbind"
    positional = ("index", "dim")
    EXAMPLES = (
        Example({"index": 1}, ((3, 5, 7),), "unbind 1"),
        Example({"index": 0, "dim": -1}, ((6, 9),), "unbind 0 dim=-1"),
        Example({"index": 2, "dim": 1}, ((4, 3, 4, 5),), "unbind 2 1"),
    )

    index: Index
    dim: int = 0

    def infer(self, *inputs: Shape) -> Shape:
        """The other axes.

        Raises:
            ShapeError: there is no such axis or place.
        """
        dim = axis(self.dim, inputs[0])
        out = (*inputs[0][:dim], *inputs[0][dim + 1 :])
        if self.index >= inputs[0][dim]:
            message = f"unbind {self.index}: axis {dim} of {shown(inputs[0])} has places 0 to {inputs[0][dim] - 1}"
            raise ShapeError(message, argument="index", hint=f"use 0 to {inputs[0][dim] - 1}", assume=out)
        return out

    def reach(self, *inputs: Shape) -> Reach:
        """Everything: the axes are others."""
        del inputs
        return GLOBAL

    def is_view(self, *inputs: Shape) -> bool:
        """Always."""
        del inputs
        return True

    def torch(self, *inputs: Shape) -> TorchCall:
        """``x.select``; its dim counts the batch."""
        return expression(f"{{0}}.select({axis(self.dim, inputs[0]) + 1}, {self.index})")


@final
class Expand(Layer):
    """Axes of size 1 stretched to the sizes given, without a copy: ``expand 8x14x14`` of 8x1x1. A view.

    Source: ``torch.Tensor.expand``.
    """

    op = "expand"
    positional = ("size",)
    EXAMPLES = (
        Example({"size": (6, 9)}, ((1, 9),), "expand 6x9"),
        Example({"size": (8, 5, 7)}, ((8, 1, 1),), "expand 8x5x7"),
    )

    size: Count | tuple[Count, ...]

    def infer(self, *inputs: Shape) -> Shape:
        """The sizes given.

        Raises:
            ShapeError: an axis of another size than 1 would change, or the numbers of axes differ.
        """
        wanted = (self.size,) if isinstance(self.size, int) else self.size
        pairs = zip(inputs[0], wanted, strict=False)
        if len(wanted) != len(inputs[0]) or any(before not in (1, after) for before, after in pairs):
            raise ShapeError(
                f"expand: {shown(inputs[0])} cannot be stretched to {shown(wanted)}",
                argument="size",
                hint="only axes of size 1 are stretched; name the others as they are",
                assume=wanted,
            )
        return wanted

    def reach(self, *inputs: Shape) -> Reach:
        """Its own place, or the only one."""
        del inputs
        return POINTWISE

    def is_view(self, *inputs: Shape) -> bool:
        """Always."""
        del inputs
        return True

    def torch(self, *inputs: Shape) -> TorchCall:
        """``x.expand``; -1 leaves the batch."""
        wanted = ", ".join(map(str, self.infer(*inputs)))
        return expression(f"{{0}}.expand(-1, {wanted})")
