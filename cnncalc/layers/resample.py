"""Change of resolution without parameters: interpolation, pixel shuffle, channel shuffle."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import Any, Literal, final

from pydantic import model_validator

from cnncalc.diagnostics import ShapeError
from cnncalc.layers.arguments import (
    Count,
    Positive,
    axes_of,
    expression,
    fitting_divisor,
    keywords,
    module,
    spatial_rank,
)
from cnncalc.layers.base import (
    Arg,
    Cost,
    Example,
    Layer,
    Reach,
    Resample,
    Same,
    Shape,
    TorchCall,
    Window,
    channels_mixed,
    shown,
)

Mode = Literal["nearest", "nearest-exact", "linear", "bilinear", "bicubic", "trilinear"]
RANKS: dict[str, tuple[int, ...]] = {"bilinear": (2,), "bicubic": (2,), "trilinear": (3,)}
LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}


class _Interpolation(Layer):
    """What upsample and resize have in common: the mode of interpolation. ``linear`` fits every rank.

    Per element of the output the taps of the interpolation: none for nearest, 2 multiply-accumulates for linear, 4 for
    bilinear, 8 for trilinear, 16 for bicubic. Saves nothing. Source: ``torch.nn.functional.interpolate``.
    """

    words = {
        "nearest": {"mode": "nearest"},
        "nearest_exact": {"mode": "nearest-exact"},
        "linear": {"mode": "linear"},
        "bilinear": {"mode": "bilinear"},
        "bicubic": {"mode": "bicubic"},
        "trilinear": {"mode": "trilinear"},
        "align_corners": {"align_corners": True},
    }

    mode: Mode = "nearest"
    align_corners: bool = False

    def name(self, shape: Shape, assume: Shape | None = None) -> str:
        """The mode as torch calls it for this rank.

        Raises:
            ShapeError: the mode is one of another rank, or cannot align corners.
        """
        rank = spatial_rank(shape, self.op)
        wanted = RANKS.get(self.mode, (rank,))
        if rank not in wanted:
            message = f"{self.mode} works on {wanted[0]} spatial axes; the input {shown(shape)} has {rank}"
            raise ShapeError(
                message, argument="mode", hint="use linear or nearest, which fit every input", assume=assume
            )
        if self.align_corners and self.mode.startswith("nearest"):
            message = f"align_corners has no meaning for {self.mode}"
            raise ShapeError(message, argument="align_corners", hint="leave it out, or use linear", assume=assume)
        return LINEAR[rank] if self.mode == "linear" else self.mode

    def taps(self, rank: int) -> int:
        """Inputs that one output reads."""
        if self.mode.startswith("nearest"):
            return 0
        return 16 if self.mode == "bicubic" else 2**rank

    def cost(self, *inputs: Shape) -> Cost:
        """One product per tap and element of the output, and their sum; none for nearest."""
        out = self.infer(*inputs)
        taps = self.taps(len(out) - 1)
        return {"mul": taps * prod(out), "add": (taps - 1) * prod(out)} if taps else {}

    def maps(self, shape: Shape, out: Shape, scales: tuple[Fraction | None, ...]) -> Reach:
        """The interpolation on every axis."""
        kinds: dict[str, Any] = {"nearest": "nearest", "nearest-exact": "nearest-exact", "bicubic": "cubic"}
        kind = kinds.get(self.mode, "linear")
        axes = zip(shape[1:], out[1:], scales, strict=True)
        return Reach(
            tuple(Resample(kind, size, to, self.align_corners, scale) for size, to, scale in axes), first=Same()
        )


@final
class Upsample(_Interpolation):
    """Interpolation by a factor or to a size: nearest, linear, bilinear, bicubic, trilinear or nearest_exact.

    The output has ``floor(input * scale_factor)`` positions per axis, computed as torch does. Per element of the output
    2 multiply-accumulates for linear, 4 for bilinear, 8 for trilinear, 16 for bicubic, nothing for nearest.
    """

    op = "upsample"
    positional = ("scale_factor",)
    EXAMPLES = (
        Example({"scale_factor": 2}, ((8, 5, 7),), "upsample 2"),
        Example({"scale_factor": 2, "mode": "bilinear"}, ((8, 5, 7),), "upsample 2 bilinear"),
        Example(
            {"scale_factor": (2, 3), "mode": "bicubic", "align_corners": True},
            ((4, 5, 7),),
            "upsample 2x3 bicubic align_corners",
        ),
        Example({"scale_factor": Fraction(3, 2), "mode": "linear"}, ((6, 9),), "upsample 1.5 linear"),
        Example({"size": (4, 5, 9), "mode": "trilinear"}, ((4, 3, 4, 5),), "upsample size=4x5x9 trilinear"),
        Example({"size": 11, "mode": "nearest-exact"}, ((6, 9),), "upsample size=11 nearest_exact"),
        Example({"scale_factor": Fraction(7, 10)}, ((2, 10, 11),), "upsample 0.7"),
    )

    scale_factor: Positive | tuple[Positive, ...] | None = None
    size: Count | tuple[Count, ...] | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Upsample:
        if (self.scale_factor is None) == (self.size is None):
            raise ValueError("upsample takes a factor or a size (upsample 2, upsample size=14x14)")
        return self

    def _scales(self, rank: int) -> tuple[Fraction | None, ...]:
        if self.scale_factor is None:
            return (None,) * rank
        return tuple(map(Fraction, axes_of(self.scale_factor, rank, "scale_factor")))

    def infer(self, *inputs: Shape) -> Shape:
        """Channels stay; every spatial axis is scaled, or gets its size.

        Raises:
            ShapeError: the mode does not fit, there are not as many factors as axes, or nothing is left.
        """
        shape = inputs[0]
        rank = spatial_rank(shape, self.op)
        out = (shape[0], *self._sizes(shape[1:], rank))
        self.name(shape, out)
        if 0 in out:
            message = f"scale_factor {self._written()} leaves nothing of the input {shown(shape)}"
            raise ShapeError(
                message, argument="scale_factor", hint="use a larger factor or a larger input", assume=shape
            )
        return out

    def _sizes(self, sizes: Shape, rank: int) -> tuple[int, ...]:
        if self.size is not None:
            return axes_of(self.size, rank, "size")
        # torch multiplies in double precision and cuts; exact arithmetic would differ for 100 * 0.29.
        return tuple(int(i * float(scale or 1)) for i, scale in zip(sizes, self._scales(rank), strict=True))

    def _written(self) -> str:
        factor = self.scale_factor
        return "x".join(map(str, factor)) if isinstance(factor, tuple) else str(factor)

    def reach(self, *inputs: Shape) -> Reach:
        """The interpolation on every axis; coordinates use the factor where one is given."""
        return self.maps(inputs[0], self.infer(*inputs), self._scales(len(inputs[0]) - 1))

    def torch(self, *inputs: Shape) -> TorchCall:
        """``nn.Upsample``."""
        mode = self.name(inputs[0])
        own = [] if mode == "nearest" else [Arg(mode, "mode", "mode")]
        return module("Upsample", *keywords(self, "size", "scale_factor"), *own, *keywords(self, "align_corners"))


@final
class Resize(_Interpolation):
    """Interpolation to the spatial size of a named value (``resize x``); modes and cost as upsample."""

    op = "resize"
    positional = ("like",)
    references = ("like",)
    EXAMPLES = (
        Example({"like": "x"}, ((8, 5, 7), (3, 9, 6)), "resize x"),
        Example({"like": "x", "mode": "bilinear"}, ((8, 5, 7), (3, 9, 14)), "resize x bilinear"),
        Example(
            {"like": "x", "mode": "linear", "align_corners": True}, ((6, 9), (6, 20)), "resize x linear align_corners"
        ),
    )

    like: str

    def infer(self, *inputs: Shape) -> Shape:
        """Own channels, the other's spatial size.

        Raises:
            ShapeError: the mode does not fit, or the other has another number of axes.
        """
        shape, other = inputs
        self.name(shape, (shape[0], *other[1:]))
        if len(shape) != len(other):
            message = f"resize: numbers of axes differ: {shown(shape)}, {self.like} is {shown(other)}"
            raise ShapeError(message, argument="like", hint="name a value with as many axes", assume=shape)
        return (shape[0], *other[1:])

    def reach(self, *inputs: Shape) -> Reach:
        """The interpolation on every axis."""
        return self.maps(inputs[0], self.infer(*inputs), (None,) * (len(inputs[0]) - 1))

    def torch(self, *inputs: Shape) -> TorchCall:
        """``F.interpolate`` to the size that the other value has when it runs."""
        mode = self.name(inputs[0])
        corners = ", align_corners=True" if self.align_corners else ""
        return expression(f'F.interpolate({{0}}, size={{1}}.shape[2:], mode="{mode}"{corners})')


@final
class PixelShuffle(Layer):
    """Moves channels to space: (C * r * r, H, W) becomes (C, r * H, r * W). No operations.

    Source: Shi et al., Real-Time Single Image and Video Super-Resolution (2016).
    """

    op = "pixelshuffle"
    positional = ("upscale_factor",)
    EXAMPLES = (
        Example({"upscale_factor": 2}, ((8, 5, 7),), "pixelshuffle 2"),
        Example({"upscale_factor": 3}, ((9, 2, 3),), "pixelshuffle 3"),
    )

    upscale_factor: Count

    def infer(self, *inputs: Shape) -> Shape:
        """Fewer channels, more positions.

        Raises:
            ShapeError: the square of the factor does not divide the channels, or the input is no image.
        """
        spatial_rank(inputs[0], self.op, (2,))
        channels, height, width = inputs[0]
        r = self.upscale_factor
        out = (max(1, channels // (r * r)), height * r, width * r)
        if channels % (r * r):
            message = f"upscale_factor {r} needs channels divisible by {r * r}; the input has {channels}"
            raise ShapeError(message, argument="upscale_factor", hint=f"give it {out[0] * r * r} channels", assume=out)
        return out

    def reach(self, *inputs: Shape) -> Reach:
        """Output o reads input o // r."""
        r = self.upscale_factor
        return Reach(tuple(Resample("nearest", size, size * r) for size in inputs[0][1:]))

    def torch(self, *inputs: Shape) -> TorchCall:
        """``nn.PixelShuffle``."""
        del inputs
        return module("PixelShuffle", Arg(self.upscale_factor, "upscale_factor"))


@final
class PixelUnshuffle(Layer):
    """Moves space to channels: (C, r * H, r * W) becomes (C * r * r, H, W). No operations. Source: as pixelshuffle."""

    op = "pixelunshuffle"
    positional = ("downscale_factor",)
    EXAMPLES = (
        Example({"downscale_factor": 2}, ((2, 6, 8),), "pixelunshuffle 2"),
        Example({"downscale_factor": 3}, ((1, 9, 3),), "pixelunshuffle 3"),
    )

    downscale_factor: Count

    def infer(self, *inputs: Shape) -> Shape:
        """More channels, fewer positions.

        Raises:
            ShapeError: the factor does not divide the size, or the input is no image.
        """
        spatial_rank(inputs[0], self.op, (2,))
        channels, height, width = inputs[0]
        r = self.downscale_factor
        out = (channels * r * r, max(1, height // r), max(1, width // r))
        if height % r or width % r:
            message = f"downscale_factor {r} does not divide the size {height}x{width}"
            raise ShapeError(message, argument="downscale_factor", hint="crop or pad the input first", assume=out)
        return out

    def reach(self, *inputs: Shape) -> Reach:
        """Output o reads inputs o * r to o * r + r - 1."""
        r = self.downscale_factor
        return Reach((Window(r, r, 0, 0),) * (len(inputs[0]) - 1))

    def torch(self, *inputs: Shape) -> TorchCall:
        """``nn.PixelUnshuffle``."""
        del inputs
        return module("PixelUnshuffle", Arg(self.downscale_factor, "downscale_factor"))


@final
class ChannelShuffle(Layer):
    """Mixes the channels of groups: channel ``g * n + i`` of g groups of n moves to ``i * groups + g``. No operations.

    Source: Zhang et al., ShuffleNet (2017).
    """

    op = "channelshuffle"
    aliases = ("shuffle",)
    positional = ("groups",)
    EXAMPLES = (
        Example({"groups": 2}, ((8, 5, 7),), "shuffle 2"),
        Example({"groups": 3}, ((6, 9),), "shuffle 3"),
        Example({"groups": 4}, ((4, 3, 4, 5),), "shuffle 4"),
    )

    groups: Count

    def infer(self, *inputs: Shape) -> Shape:
        """The shape of the input.

        Raises:
            ShapeError: the groups do not divide the channels.
        """
        spatial_rank(inputs[0], self.op)
        channels = inputs[0][0]
        if channels % self.groups:
            message = f"groups {self.groups} does not divide the {channels} channels"
            hint = f"use {fitting_divisor(channels, self.groups)} groups"
            raise ShapeError(message, argument="groups", hint=hint, assume=inputs[0])
        return inputs[0]

    def reach(self, *inputs: Shape) -> Reach:
        """All channels of a position."""
        return channels_mixed(inputs[0])

    def torch(self, *inputs: Shape) -> TorchCall:
        """``nn.ChannelShuffle``."""
        del inputs
        return module("ChannelShuffle", Arg(self.groups, "groups"))
