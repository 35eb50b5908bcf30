"""Convolution in 1, 2 and 3 dimensions: general, depthwise, depthwise separable. The formulas stand in the abstract base."""

from __future__ import annotations

from abc import abstractmethod
from math import gcd, prod
from typing import Any, Literal, final

from cnncalc.diagnostics import ShapeError
from cnncalc.layers import padding as pads
from cnncalc.layers.arguments import Count, divisors, helper, module
from cnncalc.layers.base import (
    Arg,
    Cost,
    Example,
    Layer,
    Param,
    Run,
    Saved,
    Shape,
    TorchCall,
)
from cnncalc.layers.weights import Weighted, options
from cnncalc.layers.windowed import Windowed


class Convolution(Weighted, Windowed):
    """What all convolutions share: sum of products over a window of the input channels of a group.

    MACs = out * (in / groups) * prod(kernel) * prod(output size); parameters out * (in / groups) * prod(kernel) and one
    bias per output channel. The bias is where the sum starts and costs nothing. The input is kept for the backward pass,
    and so is a weight that is a value of the network.
    """

    padding_mode: Literal["zeros", "reflect", "replicate", "circular"] = "zeros"

    @abstractmethod
    def channels(self, shape: Shape) -> tuple[int, int]:
        """Output channels and groups."""

    def infer(self, *inputs: Shape) -> Shape:
        """(out_channels, *sizes).

        Raises:
            ShapeError: no window fits; the channels cannot be divided into the groups; too much padding for its mode.
        """
        out, groups = self.channels(inputs[0])
        shape = (out, *(fit.out for fit in self.fits(*inputs)))
        self._check_groups(inputs[0][0], out, groups, shape)
        self._check_mode(inputs[0], shape)
        self._check_named(inputs, shape)
        return shape

    def _weight(self, entering: Shape) -> Shape:
        out, groups = self.channels(entering)
        return (out, entering[0] // groups, *self.geometry(entering).kernel)

    def _check_named(self, inputs: tuple[Shape, ...], shape: Shape) -> None:
        self.check_weights(inputs, self._weight(inputs[0]), shape[0], shape)
        if self.weight is not None and self._copies(self.geometry(inputs[0]).pads):
            message = f"{self.op} with a named weight pads with zeros, equally on both sides"
            raise ShapeError(message, argument="padding", hint="put pad before it", assume=shape)

    def _check_groups(self, entering: int, out: int, groups: int, shape: Shape) -> None:
        for number, what in ((entering, "input"), (out, "output")):
            if number % groups:
                message = f"{number} {what} channels cannot be divided into {groups} groups"
                hint = f"groups that fit: {', '.join(map(str, divisors(gcd(entering, out))[:12]))}"
                raise ShapeError(message, argument="groups", hint=hint, assume=shape)

    def _check_mode(self, entering: Shape, shape: Shape) -> None:
        if self.padding_mode == "zeros":
            return
        for size, pair in zip(entering[1:], self.geometry(entering).pads, strict=True):
            most = {"reflect": size - 1, "circular": size}.get(self.padding_mode, max(pair))
            if max(pair) > most:
                message = f"{self.padding_mode} padding {max(pair)} on an axis of {size}: at most {most} is possible"
                raise ShapeError(message, argument="padding", hint="pad less, or with zeros or replicate", assume=shape)

    def params(self, *inputs: Shape) -> tuple[Param, ...]:
        """``weight`` (out, in / groups, *kernel) and ``bias`` (out)."""
        return self.own(self._weight(inputs[0]), self.channels(inputs[0])[0])

    def cost(self, *inputs: Shape) -> Cost:
        """One MAC per weight and output position; padding counts."""
        out, groups = self.channels(inputs[0])
        places = prod(fit.out for fit in self.fits(*inputs))
        return {"mac": out * (inputs[0][0] // groups) * prod(self.geometry(inputs[0]).kernel) * places}

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """The input; where PyTorch pads by a copy (padding modes, unequal sides), the padded copy in its place."""
        pairs = self.geometry(inputs[0]).pads
        if not self._copies(pairs):
            return self.kept(run)
        copy = run.batch * run.itemsize * inputs[0][0] * prod(pads.padded(inputs[0][1:], pairs))
        keeps_input = self.padding_mode in ("reflect", "replicate") and run.needs[0]
        return Saved(inputs=(0,) if keeps_input else (), extra=copy)

    def is_composite(self, *inputs: Shape) -> bool:
        """With a named weight every sample may be a group, cut out of one map; what is not padded with zeros is padded first."""
        return self.weight is not None or self.padding_mode != "zeros" or super().is_composite(*inputs)

    def _copies(self, pairs: pads.Pairs) -> bool:
        return self.padding_mode != "zeros" or not pads.symmetric(pairs)

    def torch(self, *inputs: Shape) -> TorchCall:
        """``nn.Conv2d``; with unequal padding a subclass that pads first; with a named weight ``F.conv2d``."""
        shape = inputs[0]
        if self.weight is not None:
            return self._function(shape)
        rank = len(shape) - 1
        out, groups = self.channels(shape)
        pairs = self.geometry(shape).pads
        equal = pads.symmetric(pairs)
        arguments = (
            Arg(shape[0], "in.c"),
            Arg(out, "out_channels"),
            Arg(self.kernel_size, "kernel_size"),
            *given(self, "stride"),
            *self._padding(pairs),
            *given(self, "dilation"),
            *((Arg(groups, "groups", "groups"),) if groups != 1 else ()),
            *given(self, "bias", "padding_mode"),
        )
        return module(f"Conv{rank}d", *arguments) if equal else helper(f"PaddedConv{rank}d", *arguments)

    def _function(self, shape: Shape) -> TorchCall:
        """``F.conv2d``; where every sample has its own weight, all of them at once as groups."""
        rank, (out, groups) = len(shape) - 1, self.channels(shape)
        begins = tuple(begin for begin, _ in self.geometry(shape).pads)
        padding = (begins[0] if len(set(begins)) == 1 else begins) if any(begins) else None
        rest = options(
            stride=None if self.stride == 1 else self.stride,
            padding=padding,
            dilation=None if self.dilation == 1 else self.dilation,
        )
        grouped = "" if groups == 1 else ", groups={0}.shape[1]" if groups == shape[0] else f", groups={groups}"
        each = "" if groups == 1 else " * {0}.shape[1]" if groups == shape[0] else f" * {groups}"
        flat = f"F.conv{rank}d({{0}}.flatten(0, 1)[None], {{1}}.flatten(0, 1){rest}, groups={{0}}.shape[0]{each})"
        return TorchCall(
            "expression",
            f"F.conv{rank}d({{0}}{self.named()}{rest}{grouped})",
            each=f"{flat}.unflatten(1, (-1, {out})).squeeze(0)",
        )

    def _padding(self, pairs: pads.Pairs) -> tuple[Arg, ...]:
        if not pads.symmetric(pairs):
            return (Arg(tuple(side for pair in reversed(pairs) for side in pair), None, "sides"),)
        begins = tuple(begin for begin, _ in pairs)
        if not any(begins):
            return ()
        plain = begins[0] if len(set(begins)) == 1 else begins
        return (Arg(plain, "padding", "padding"),)


def given(layer: Layer, *fields: str) -> tuple[Arg, ...]:
    """Keyword arguments for the fields that differ from their default."""
    known = type(layer).model_fields
    return tuple(Arg(getattr(layer, f), f, f) for f in fields if getattr(layer, f) != known[f].default)


MODES: dict[str, dict[str, Any]] = {mode: {"padding_mode": mode} for mode in ("reflect", "replicate", "circular")}


@final
class Conv(Convolution):
    """Convolution (cross-correlation) in 1, 2 or 3 dimensions, as the input has.

    Source: ``torch.nn.Conv2d``; Goodfellow, Bengio and Courville, Deep Learning (2016), chapter 9.
    """

    op = "conv"
    positional = ("out_channels", "kernel_size", "stride")
    words = {"nobias": {"bias": False}, **pads.WORDS, **MODES}
    EXAMPLES = (
        Example({"out_channels": 96, "kernel_size": 11, "stride": 4}, ((3, 67, 67),), "conv 96 11 s4"),
        Example({"out_channels": 8, "kernel_size": 3, "padding": 1, "bias": False}, ((6, 5, 7),), "conv 8 3 p1 nobias"),
        Example({"out_channels": 8, "kernel_size": (1, 5), "padding": "half"}, ((4, 6, 9),), "conv 8 1x5 half"),
        Example({"out_channels": 8, "kernel_size": 3, "dilation": 2, "groups": 2}, ((4, 9, 9),), "conv 8 3 d2 g2"),
        Example(
            {"out_channels": 6, "kernel_size": 4, "stride": 3, "padding": "same"}, ((4, 11, 8),), "conv 6 4 s3 same"
        ),
        Example({"out_channels": 6, "kernel_size": 2, "padding": "same_lower"}, ((4, 7, 8),), "conv 6 2 same_lower"),
        Example(
            {"out_channels": 5, "kernel_size": 3, "padding": ((0, 1), (2, 0))}, ((2, 6, 6),), "conv 5 3 p=(0:1,2:0)"
        ),
        Example({"out_channels": 5, "kernel_size": 3, "padding": "full"}, ((2, 6, 6),), "conv 5 3 full"),
        Example(
            {"out_channels": 5, "kernel_size": 3, "padding": 2, "padding_mode": "reflect"},
            ((2, 6, 6),),
            "conv 5 3 p2 reflect",
        ),
        Example(
            {"out_channels": 5, "kernel_size": 3, "padding": 1, "padding_mode": "replicate"},
            ((2, 6, 6),),
            "conv 5 3 p1 replicate",
        ),
        Example(
            {"out_channels": 5, "kernel_size": 3, "padding": 1, "padding_mode": "circular"},
            ((2, 6, 6),),
            "conv 5 3 p1 circular",
        ),
        Example({"out_channels": 16, "kernel_size": 80, "stride": 16}, ((1, 200),), "conv 16 80 s16"),
        Example(
            {"out_channels": 4, "kernel_size": 3, "stride": 2, "padding": ((1, 2),)}, ((3, 20),), "conv 4 3 s2 p=1:2"
        ),
        Example(
            {"out_channels": 4, "kernel_size": (1, 3, 3), "padding": (0, 1, 1)}, ((3, 4, 6, 6),), "conv 4 1x3x3 p0x1x1"
        ),
        Example({"out_channels": 4, "kernel_size": 2, "padding": "same"}, ((3, 4, 5, 6),), "conv 4 2 same"),
    )

    out_channels: Count
    groups: Count = 1

    def channels(self, shape: Shape) -> tuple[int, int]:
        """As given."""
        del shape
        return self.out_channels, self.groups
