"""Convolutions of one channel at a time: depthwise, depthwise separable."""

from __future__ import annotations

from math import prod
from typing import final

from cnncalc.diagnostics import ShapeError
from cnncalc.layers import padding as pads
from cnncalc.layers.arguments import Count, helper
from cnncalc.layers.base import Arg, Cost, Example, Param, Run, Saved, Shape, TorchCall
from cnncalc.layers.conv import MODES, Convolution, given
from cnncalc.layers.windowed import Windowed


@final
class Depthwise(Convolution):
    """Depthwise convolution: every channel is convolved by itself, ``multiplier`` times.

    Source: Howard et al., MobileNets (2017), section 3.1; ``groups`` equal to the input's channels.
    """

    op = "depthwise"
    aliases = ("dwconv",)
    positional = ("kernel_size", "stride")
    words = {"nobias": {"bias": False}, **pads.WORDS, **MODES}
    EXAMPLES = (
        Example({"kernel_size": 3, "padding": 1, "bias": False}, ((8, 7, 7),), "depthwise 3 p1 nobias"),
        Example(
            {"kernel_size": 5, "stride": 2, "padding": "half", "multiplier": 2},
            ((6, 9, 8),),
            "depthwise 5 s2 half multiplier=2",
        ),
        Example({"kernel_size": 3, "stride": 2, "padding": "same"}, ((6, 8, 8),), "depthwise 3 s2 same"),
        Example({"kernel_size": 3}, ((6, 20),), "depthwise 3"),
        Example({"kernel_size": 3, "padding": 1}, ((4, 5, 5, 5),), "depthwise 3 p1"),
    )

    multiplier: Count = 1

    def channels(self, shape: Shape) -> tuple[int, int]:
        """As many groups as channels."""
        return shape[0] * self.multiplier, shape[0]


@final
class Separable(Windowed):
    """Depthwise separable convolution: a depthwise window, then a 1x1 convolution over the channels.

    The bias, if any, belongs to the second. Source: Chollet, Xception (2017); Howard et al., MobileNets (2017).
    """

    op = "sepconv"
    aliases = ("separable",)
    positional = ("out_channels", "kernel_size", "stride")
    words = {"nobias": {"bias": False}, **{word: {"padding": word} for word in ("half", "valid", "full", "same")}}
    EXAMPLES = (
        Example(
            {"out_channels": 8, "kernel_size": 3, "padding": 1, "bias": False}, ((6, 7, 7),), "sepconv 8 3 p1 nobias"
        ),
        Example(
            {"out_channels": 8, "kernel_size": 5, "stride": 2, "padding": "half"}, ((6, 9, 8),), "sepconv 8 5 s2 half"
        ),
        Example({"out_channels": 8, "kernel_size": 3, "dilation": 2}, ((6, 20),), "sepconv 8 3 d2"),
        Example({"out_channels": 4, "kernel_size": 3}, ((2, 5, 5, 5),), "sepconv 4 3"),
    )

    out_channels: Count
    bias: bool = True

    def infer(self, *inputs: Shape) -> Shape:
        """(out_channels, *sizes).

        Raises:
            ShapeError: no window fits, or the padding differs between begin and end.
        """
        shape = (self.out_channels, *(fit.out for fit in self.fits(*inputs)))
        self._check_padding(inputs[0], shape)
        return shape

    def _check_padding(self, entering: Shape, assume: Shape | None = None) -> None:
        if not pads.symmetric(self.geometry(entering).pads):
            message = "sepconv needs equal padding at begin and end"
            raise ShapeError(message, argument="padding", hint="put pad before it", assume=assume)

    def params(self, *inputs: Shape) -> tuple[Param, ...]:
        """``depthwise.weight`` (in, 1, *kernel), ``pointwise.weight`` (out, in, 1...), ``pointwise.bias`` (out)."""
        channels, kernel = inputs[0][0], self.geometry(inputs[0]).kernel
        weights = (
            Param("depthwise.weight", (channels, 1, *kernel)),
            Param("pointwise.weight", (self.out_channels, channels, *(1 for _ in kernel))),
        )
        return (*weights, Param("pointwise.bias", (self.out_channels,))) if self.bias else weights

    def cost(self, *inputs: Shape) -> Cost:
        """In * prod(kernel) + in * out MACs per output position."""
        channels, places = inputs[0][0], prod(fit.out for fit in self.fits(*inputs))
        return {"mac": channels * (prod(self.geometry(inputs[0]).kernel) + self.out_channels) * places}

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """The input, and what flows between the two steps."""
        places = prod(fit.out for fit in self.fits(*inputs))
        return Saved(inputs=(0,), extra=run.batch * run.itemsize * inputs[0][0] * places)

    def torch(self, *inputs: Shape) -> TorchCall:
        """A small class of two convolutions.

        Raises:
            ShapeError: the padding differs between begin and end.
        """
        self._check_padding(inputs[0])
        geometry = self.geometry(inputs[0])
        begins = tuple(begin for begin, _ in geometry.pads)
        padded = (Arg(begins, None, "padding"),) if any(begins) else ()
        return helper(
            "SeparableConv",
            Arg(inputs[0][0], "in.c"),
            Arg(self.out_channels, "out_channels"),
            Arg(geometry.kernel, None),
            *given(self, "stride"),
            *padded,
            *given(self, "dilation", "bias"),
        )
