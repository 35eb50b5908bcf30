"""The windows of a map as columns of numbers, and their sum back to a map."""

from __future__ import annotations

from math import prod
from typing import Annotated, final

from pydantic import Field

from cnncalc.diagnostics import ShapeError
from cnncalc.layers.arguments import Count, axes_of, keywords, module, spatial_rank
from cnncalc.layers.base import GLOBAL, Arg, Cost, Example, Fit, Layer, Reach, Shape, TorchCall, shown, window_fit
from cnncalc.layers.windowed import Counts

Border = Annotated[int, Field(ge=0)]
"""Zeros beside the map, on both sides."""

IMAGE = (2,)
"""Spatial axes that PyTorch's functions take."""


class _Columns(Layer):
    """A window over two axes, with equal padding on both sides."""

    kernel_size: Counts
    stride: Counts = 1
    padding: Border | tuple[Border, ...] = 0
    dilation: Counts = 1

    def windows(self, size: tuple[int, ...]) -> tuple[Fit, ...]:
        """How the window fits the axes of a map."""
        fields = (self.kernel_size, self.stride, self.padding, self.dilation)
        names = ("kernel_size", "stride", "padding", "dilation")
        numbers = [axes_of(field, len(size), name) for field, name in zip(fields, names, strict=True)]
        return tuple(window_fit(n, k, s, p, p, d) for n, k, s, p, d in zip(size, *numbers, strict=True))

    def taps(self) -> int:
        """Numbers of a window in one channel."""
        return prod(axes_of(self.kernel_size, IMAGE[0], "kernel_size"))

    def reach(self, *inputs: Shape) -> Reach:
        """Everything: the axes are others."""
        del inputs
        return GLOBAL


@final
class Unfold(_Columns):
    """Every window of a map as a column: (C, H, W) gives (C * taps, windows), channel by channel, row by row.

    A copy of the numbers, no operations. Source: ``torch.nn.Unfold`` (im2col).
    """

    op = "unfold"
    aliases = ("im2col",)
    positional = ("kernel_size",)
    EXAMPLES = (
        Example({"kernel_size": 3}, ((4, 8, 7),), "unfold 3"),
        Example({"kernel_size": (2, 3), "stride": 2, "padding": (0, 1)}, ((3, 8, 9),), "unfold 2x3 s2 p0x1"),
        Example({"kernel_size": 3, "dilation": 2, "padding": 2}, ((2, 6, 6),), "unfold 3 d2 p2"),
    )

    def infer(self, *inputs: Shape) -> Shape:
        """Numbers of a window, windows.

        Raises:
            ShapeError: there are not two spatial axes, or no window fits.
        """
        spatial_rank(inputs[0], self.op, IMAGE)
        return (inputs[0][0] * self.taps(), prod(fit.out for fit in self.windows(inputs[0][1:])))

    def torch(self, *inputs: Shape) -> TorchCall:
        """``nn.Unfold``."""
        del inputs
        return module("Unfold", Arg(self.kernel_size, "kernel_size"), *keywords(self, "dilation", "padding", "stride"))


@final
class Fold(_Columns):
    """Columns summed back to the map whose windows they are: ``fold 8x8 3`` of (C * 9, 36) gives (C, 8, 8).

    One addition per number that enters. Source: ``torch.nn.Fold`` (col2im).
    """

    op = "fold"
    aliases = ("col2im",)
    positional = ("output_size", "kernel_size")
    EXAMPLES = (
        Example({"output_size": 8, "kernel_size": 3}, ((18, 36),), "fold 8 3"),
        Example({"output_size": (8, 6), "kernel_size": 2, "stride": 2}, ((12, 12),), "fold 8x6 2 s2"),
    )

    output_size: Count | tuple[Count, ...]

    def infer(self, *inputs: Shape) -> Shape:
        """The map.

        Raises:
            ShapeError: the value is no sequence of columns, or they are not those of such a map.
        """
        size = axes_of(self.output_size, IMAGE[0], "output_size")
        windows = prod(fit.out for fit in self.windows(size))
        entering = inputs[0]
        if len(entering) == 2 and not entering[0] % self.taps() and entering[1] == windows:  # noqa: PLR2004 (columns, windows)
            return (entering[0] // self.taps(), *size)
        message = f"fold: {shown(entering)} are not the columns of a map {shown(size)}"
        hint = f"it takes (channels * {self.taps()}, {windows}), as unfold gives"
        raise ShapeError(message, argument="output_size", hint=hint, assume=(1, *size))

    def cost(self, *inputs: Shape) -> Cost:
        """One addition per number."""
        return {"add": prod(inputs[0])}

    def torch(self, *inputs: Shape) -> TorchCall:
        """``nn.Fold``."""
        del inputs
        first = (Arg(self.output_size, "output_size"), Arg(self.kernel_size, "kernel_size"))
        return module("Fold", *first, *keywords(self, "dilation", "padding", "stride"))
