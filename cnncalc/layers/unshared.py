"""Windows whose weights depend on the position: locally connected and tiled convolution."""

from __future__ import annotations

from math import prod
from typing import ClassVar, final

from cnncalc.layers import padding as pads
from cnncalc.layers.arguments import Count, helper
from cnncalc.layers.base import Arg, Cost, Example, Param, Run, Saved, Shape, TorchCall
from cnncalc.layers.windowed import Windowed


class _Unshared(Windowed):
    """Output (out_channels, *sizes); MACs as a convolution; the windows of the input are copied out and kept."""

    words = {"nobias": {"bias": False}, **pads.WORDS}
    positional: ClassVar[tuple[str, ...]] = ("out_channels", "kernel_size", "stride")

    out_channels: Count
    bias: bool = True

    def infer(self, *inputs: Shape) -> Shape:
        """(out_channels, *sizes).

        Raises:
            ShapeError: no window fits.
        """
        return (self.out_channels, *(fit.out for fit in self.fits(*inputs)))

    def tiles(self, *inputs: Shape) -> tuple[int, ...]:
        """How many different windows there are per axis."""
        raise NotImplementedError

    def params(self, *inputs: Shape) -> tuple[Param, ...]:
        """``weight`` (*tiles, out, in * prod(kernel)) and ``bias`` (out, *tiles)."""
        tiles = self.tiles(*inputs)
        window = inputs[0][0] * prod(self.geometry(inputs[0]).kernel)
        weight = Param("weight", (*tiles, self.out_channels, window))
        return (weight, Param("bias", (self.out_channels, *tiles))) if self.bias else (weight,)

    def cost(self, *inputs: Shape) -> Cost:
        """One MAC per output, input channel and place of the window; the bias is where the sum starts."""
        window = inputs[0][0] * prod(self.geometry(inputs[0]).kernel)
        return {"mac": prod(self.infer(*inputs)) * window}

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """A copy of all windows; where weights are used in turn also their places and, for the input's gradient, a copy."""
        places = self.infer(*inputs)[1:]
        window = inputs[0][0] * prod(self.geometry(inputs[0]).kernel)
        extra = run.batch * run.itemsize * prod(places) * window
        if self.tiles(*inputs) != places:
            extra += 8 * sum(places)
            extra += run.itemsize * prod(places) * self.out_channels * window if run.needs[0] else 0
        return Saved(extra=extra)

    def arguments(self, *inputs: Shape) -> tuple[Arg, ...]:
        """What both classes take: channels, tiles, and the window per axis."""
        geometry = self.geometry(inputs[0])
        sides = tuple(side for pair in reversed(geometry.pads) for side in pair)
        return (
            Arg(inputs[0][0], "in.c"),
            Arg(self.out_channels, "out_channels"),
            Arg(geometry.kernel, None),
            Arg(self.tiles(*inputs), None, "tiles"),
            *((Arg(geometry.stride, None, "stride"),) if any(s != 1 for s in geometry.stride) else ()),
            *((Arg(geometry.dilation, None, "dilation"),) if any(d != 1 for d in geometry.dilation) else ()),
            *((Arg(sides, None, "sides"),) if any(sides) else ()),
            *((Arg(False, "bias", "bias"),) if not self.bias else ()),  # noqa: FBT003 (a value)
        )

    def torch(self, *inputs: Shape) -> TorchCall:
        """A small class that copies the windows out and multiplies."""
        return helper("UnsharedConv", *self.arguments(*inputs))


@final
class Local(_Unshared):
    """Locally connected layer: a window with weights of its own at every position.

    Parameters: positions * out * (in * prod(kernel) + 1). Source: Goodfellow, Bengio and Courville, Deep Learning
    (2016), section 9.5 (unshared convolution).
    """

    op = "local"
    aliases = ("locallyconnected",)
    EXAMPLES = (
        Example({"out_channels": 4, "kernel_size": 3}, ((2, 6, 7),), "local 4 3"),
        Example(
            {"out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1, "bias": False},
            ((2, 6, 7),),
            "local 4 3 s2 p1 nobias",
        ),
        Example({"out_channels": 3, "kernel_size": 3, "dilation": 2}, ((2, 12),), "local 3 3 d2"),
        Example({"out_channels": 2, "kernel_size": 2}, ((2, 3, 4, 3),), "local 2 2"),
    )

    def tiles(self, *inputs: Shape) -> tuple[int, ...]:
        """One per output position."""
        return self.infer(*inputs)[1:]


@final
class Tiled(_Unshared):
    """Tiled convolution: ``tile`` windows per axis, used in turn; tile 1 is a convolution.

    Parameters: tile^axes * out * (in * prod(kernel) + 1). Source: Goodfellow, Bengio and Courville, Deep Learning
    (2016), section 9.5; Gregor and LeCun (2010).
    """

    op = "tiled"
    positional = ("out_channels", "kernel_size", "tile", "stride")
    EXAMPLES = (
        Example({"out_channels": 4, "kernel_size": 3, "tile": 2}, ((2, 6, 7),), "tiled 4 3 2"),
        Example(
            {"out_channels": 4, "kernel_size": 2, "tile": 3, "stride": 2, "bias": False},
            ((2, 11),),
            "tiled 4 2 3 s2 nobias",
        ),
        Example(
            {"out_channels": 2, "kernel_size": 2, "tile": 2, "padding": "same"}, ((2, 3, 4, 3),), "tiled 2 2 2 same"
        ),
    )

    tile: Count = 2

    def tiles(self, *inputs: Shape) -> tuple[int, ...]:
        """The same number on every axis, at most as many as positions."""
        return tuple(min(self.tile, n) for n in self.infer(*inputs)[1:])
