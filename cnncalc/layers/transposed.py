"""Transposed convolution in 1, 2 and 3 dimensions."""

from __future__ import annotations

from math import prod
from typing import final

from cnncalc.diagnostics import ShapeError
from cnncalc.layers import padding as pads
from cnncalc.layers.arguments import Count, axes_of, expression, module, spatial_rank
from cnncalc.layers.base import (
    Arg,
    Axes,
    Cost,
    Example,
    Param,
    Reach,
    Run,
    Saved,
    Scatter,
    Shape,
    TorchCall,
    shown,
)
from cnncalc.layers.weights import Weighted, options
from cnncalc.layers.windowed import Counts


@final
class ConvTranspose(Weighted):
    """Transposed convolution: every input position writes a window of the output.

    Output size ``(i - 1) s - 2p + d (k - 1) + output_padding + 1``. MACs: in * (out / groups) * prod(kernel) for every
    *input* position, whatever the stride. The input is kept for the backward pass.
    Source: ``torch.nn.ConvTranspose2d``; dumoulin and visin (2016), relationship 14.
    """

    op = "convtranspose"
    aliases = ("convt", "deconv")
    positional = ("out_channels", "kernel_size", "stride")
    words = {
        "nobias": {"bias": False},
        "half": {"padding": "half"},
        "valid": {"padding": "valid"},
        "full": {"padding": "full"},
    }
    EXAMPLES = (
        Example(
            {"out_channels": 6, "kernel_size": 4, "stride": 2, "padding": 1}, ((4, 5, 7),), "convtranspose 6 4 s2 p1"
        ),
        Example(
            {"out_channels": 4, "kernel_size": 2, "stride": 2, "bias": False},
            ((8, 5, 5),),
            "convtranspose 4 2 s2 nobias",
        ),
        Example(
            {"out_channels": 6, "kernel_size": 3, "stride": 2, "padding": 1, "output_padding": 1, "groups": 2},
            ((4, 6, 5),),
            "convtranspose 6 3 s2 p1 op1 g2",
        ),
        Example(
            {"out_channels": 3, "kernel_size": 3, "stride": 2, "dilation": 2}, ((2, 5, 4),), "convtranspose 3 3 s2 d2"
        ),
        Example({"out_channels": 3, "kernel_size": 5, "padding": "half"}, ((2, 6, 6),), "convtranspose 3 5 half"),
        Example({"out_channels": 3, "kernel_size": 4, "stride": 4}, ((2, 6),), "convtranspose 3 4 s4"),
        Example(
            {"out_channels": 3, "kernel_size": (1, 2, 2), "stride": (1, 2, 2)},
            ((2, 3, 4, 4),),
            "convtranspose 3 1x2x2 s1x2x2",
        ),
    )

    out_channels: Count
    kernel_size: Counts
    stride: Counts = 1
    padding: pads.Padding = 0
    output_padding: Axes = 0
    dilation: Counts = 1
    groups: Count = 1

    def _axes(self, shape: Shape) -> list[tuple[int, int, int, int, int, int]]:
        """Size, kernel, stride, padding, output padding and dilation of every spatial axis."""
        rank = spatial_rank(shape, self.op)
        kernel, stride, dilation, extra = (
            axes_of(getattr(self, name), rank, name) for name in ("kernel_size", "stride", "dilation", "output_padding")
        )
        pairs = pads.resolve(self.padding, shape[1:], kernel, stride, dilation)
        if not pads.symmetric(pairs):
            message = "convtranspose needs equal padding at begin and end"
            raise ShapeError(message, argument="padding", hint="use output_padding, or crop behind it")
        begins = [begin for begin, _ in pairs]
        return list(zip(shape[1:], kernel, stride, begins, extra, dilation, strict=True))

    def infer(self, *inputs: Shape) -> Shape:
        """(out_channels, *sizes).

        Raises:
            ShapeError: nothing is left; output padding not below stride or dilation; channels that groups do not divide.
        """
        axes = self._axes(inputs[0])
        sizes = tuple((n - 1) * s - 2 * p + d * (k - 1) + extra + 1 for n, k, s, p, extra, d in axes)
        shape = (self.out_channels, *sizes)
        if min(sizes) < 1:
            message = f"padding leaves nothing of the output {shown(shape)}"
            raise ShapeError(
                message, argument="padding", hint="pad less", assume=(self.out_channels, *(max(1, n) for n in sizes))
            )
        for _, _, s, _, extra, d in axes:
            if extra < 0 or (extra and extra >= max(s, d)):
                message = f"output_padding {extra} must be below the stride {s} or the dilation {d}"
                raise ShapeError(
                    message,
                    argument="output_padding",
                    hint="it only chooses among the sizes that stride leaves open",
                    assume=shape,
                )
        for number, what in ((inputs[0][0], "input"), (self.out_channels, "output")):
            if number % self.groups:
                message = f"{number} {what} channels cannot be divided into {self.groups} groups"
                raise ShapeError(message, argument="groups", assume=shape)
        self.check_weights(inputs, self._weight(inputs[0]), self.out_channels, shape)
        return shape

    def _weight(self, entering: Shape) -> Shape:
        return (entering[0], self.out_channels // self.groups, *(axis[1] for axis in self._axes(entering)))

    def often(self, times: tuple[int, ...], *inputs: Shape) -> int:
        """As often as what enters.

        Raises:
            ShapeError: the weight differs between samples.
        """
        if any(times[1:]):
            message = f"{self.op}: weight={self.weight} differs between samples"
            raise ShapeError(message, argument="weight", hint="upsample, and use conv with this weight")
        return super().often(times, *inputs)

    def params(self, *inputs: Shape) -> tuple[Param, ...]:
        """``weight`` (in, out / groups, *kernel) and ``bias`` (out)."""
        return self.own(self._weight(inputs[0]), self.out_channels)

    def cost(self, *inputs: Shape) -> Cost:
        """One MAC per weight and input position; what padding crops is counted, as in PyTorch's counter."""
        kernel = prod(axis[1] for axis in self._axes(inputs[0]))
        return {"mac": prod(inputs[0]) * (self.out_channels // self.groups) * kernel}

    def reach(self, *inputs: Shape) -> Reach:
        """The input positions that write to an output."""
        return Reach(tuple(Scatter(k, s, p, d) for _, k, s, p, _, d in self._axes(inputs[0])))

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """The input, and a named weight."""
        del inputs
        return self.kept(run)

    def torch(self, *inputs: Shape) -> TorchCall:
        """``nn.ConvTranspose2d``; with a named weight ``F.conv_transpose2d``."""
        shape = inputs[0]
        begins = tuple(axis[3] for axis in self._axes(shape))
        plain = begins[0] if len(set(begins)) == 1 else begins
        known = type(self).model_fields
        if self.weight is not None:
            given = {f: getattr(self, f) for f in ("stride", "output_padding", "groups", "dilation")}
            changed = {f: value for f, value in given.items() if value != known[f].default}
            said = options(**changed, padding=plain if any(begins) else None)
            return expression(f"F.conv_transpose{len(shape) - 1}d({{0}}{self.named()}{said})")
        rest = [
            Arg(getattr(self, f), f, f)
            for f in ("output_padding", "dilation", "groups", "bias")
            if getattr(self, f) != known[f].default
        ]
        return module(
            f"ConvTranspose{len(shape) - 1}d",
            Arg(shape[0], "in.c"),
            Arg(self.out_channels, "out_channels"),
            Arg(self.kernel_size, "kernel_size"),
            *((Arg(self.stride, "stride", "stride"),) if self.stride != 1 else ()),
            *((Arg(plain, "padding", "padding"),) if any(begins) else ()),
            *rest,
        )
