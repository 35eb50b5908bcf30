"""Normalisation: batch, group, instance, layer, local response, root mean square, unit length.

Cost of those that compute statistics: 5 operations per element with affine parameters and 4 without, the count of
fvcore and DeepSpeed: sum, sum of squares (a square and an addition), scale, and a shift if affine.
"""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import Any, ClassVar, final

from cnncalc.diagnostics import ShapeError
from cnncalc.layers.arguments import (
    Count,
    Positive,
    Rate,
    Real,
    keywords,
    module,
    spatial_rank,
)
from cnncalc.layers.base import (
    POINTWISE,
    Arg,
    Cost,
    Example,
    Layer,
    Param,
    Reach,
    Run,
    Saved,
    Shape,
    TorchCall,
    Whole,
    shown,
)

EPS = Fraction(1, 100_000)
_NOAFFINE: dict[str, dict[str, Any]] = {"noaffine": {"affine": False}, "affine": {"affine": True}}


def _statistics_cost(shape: Shape, *, affine: bool) -> Cost:
    size = prod(shape)
    return {"add": (3 if affine else 2) * size, "mul": 2 * size}


def _affine(shape: Shape, *, weight: bool = True, bias: bool = True) -> tuple[Param, ...]:
    names = ("weight",) * weight + ("bias",) * bias
    return tuple(Param(name, shape) for name in names)


def _running(channels: int) -> tuple[Param, ...]:
    return (
        Param("running_mean", (channels,), buffer=True),
        Param("running_var", (channels,), buffer=True),
        Param("num_batches_tracked", (), buffer=True, int64=True),
    )


def _whole_map(shape: Shape) -> Reach:
    return Reach((Whole(),) * (len(shape) - 1))


@final
class BatchNorm(Layer):
    """Batch normalisation: ``y = weight * (x - mean) / sqrt(var + eps) + bias`` with one mean and variance per channel.

    Evaluation uses the running statistics, folded into one scale and one shift: per element one multiplication and
    one addition. Without running statistics it costs what group normalisation costs.
    Source: Ioffe and Szegedy, Batch Normalization (2015), algorithm 1; running statistics as ``torch.nn.BatchNorm2d``.
    """

    op: ClassVar[str] = "batchnorm"
    aliases: ClassVar[tuple[str, ...]] = ("bn",)
    words: ClassVar[dict[str, dict[str, Any]]] = _NOAFFINE
    EXAMPLES: ClassVar[tuple[Example, ...]] = (
        Example({}, ((8, 5, 7),), "bn"),
        Example({"affine": False, "eps": Fraction(1, 1000)}, ((6, 9),), "bn noaffine eps=0.001"),
        Example({"track_running_stats": False}, ((4, 3, 4, 5),), "bn track_running_stats=false"),
        Example({"momentum": Fraction(1, 100)}, ((10,),), "bn momentum=0.01"),
    )

    eps: Positive = EPS
    momentum: Rate = Fraction(1, 10)
    affine: bool = True
    track_running_stats: bool = True

    def infer(self, *inputs: Shape) -> Shape:
        """The shape of the input."""
        spatial_rank(inputs[0], self.op, (0, 1, 2, 3))
        return inputs[0]

    def params(self, *inputs: Shape) -> tuple[Param, ...]:
        """Weight and bias, then running mean and variance and the number of batches."""
        channels = inputs[0][0]
        own = _affine((channels,)) if self.affine else ()
        return own + _running(channels) if self.track_running_stats else own

    def cost(self, *inputs: Shape) -> Cost:
        """A multiplication and an addition per element."""
        if not self.track_running_stats:
            return _statistics_cost(inputs[0], affine=self.affine)
        return {"mul": prod(inputs[0]), "add": prod(inputs[0])}

    def reach(self, *inputs: Shape) -> Reach:
        """Point-wise in evaluation, unless it has no running statistics."""
        return POINTWISE if self.track_running_stats else _whole_map(inputs[0])

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """The input; in training also mean and inverse deviation of every channel."""
        if not (self.affine or run.needs[0]):
            return Saved()
        fresh = run.train or not self.track_running_stats
        return Saved((0,), extra=2 * inputs[0][0] * run.itemsize if fresh else 0)

    def torch(self, *inputs: Shape) -> TorchCall:
        """``nn.BatchNorm1d``, ``2d`` or ``3d``."""
        options = keywords(self, "eps", "momentum", "affine", "track_running_stats")
        rank = max(1, len(inputs[0]) - 1)
        return module(f"BatchNorm{rank}d", Arg(inputs[0][0], "in.c"), *options)


@final
class GroupNorm(Layer):
    """Group normalisation: mean and variance over the channels of one group and all positions, per sample.

    Four operations per element, five with affine (see the module). Source: Wu and He, Group Normalization (2018).
    """

    op: ClassVar[str] = "groupnorm"
    aliases: ClassVar[tuple[str, ...]] = ("gn",)
    positional: ClassVar[tuple[str, ...]] = ("num_groups",)
    words: ClassVar[dict[str, dict[str, Any]]] = _NOAFFINE
    EXAMPLES: ClassVar[tuple[Example, ...]] = (
        Example({"num_groups": 2}, ((8, 5, 7),), "gn 2"),
        Example({"num_groups": 3, "affine": False}, ((6, 9),), "gn 3 noaffine"),
        Example({"num_groups": 1, "eps": Fraction(1, 1000)}, ((4, 3, 4, 5),), "gn 1 eps=0.001"),
    )

    num_groups: Count
    eps: Positive = EPS
    affine: bool = True

    def infer(self, *inputs: Shape) -> Shape:
        """The shape of the input.

        Raises:
            ShapeError: the groups do not divide the channels.
        """
        channels = inputs[0][0]
        if channels % self.num_groups:
            message = f"num_groups {self.num_groups} does not divide the {channels} channels"
            fitting = next(g for g in range(self.num_groups, 0, -1) if channels % g == 0)
            raise ShapeError(message, argument="num_groups", hint=f"use {fitting} groups", assume=inputs[0])
        return inputs[0]

    def params(self, *inputs: Shape) -> tuple[Param, ...]:
        """Weight and bias per channel."""
        return _affine((inputs[0][0],)) if self.affine else ()

    def cost(self, *inputs: Shape) -> Cost:
        """Four operations per element, five with affine."""
        return _statistics_cost(inputs[0], affine=self.affine)

    def reach(self, *inputs: Shape) -> Reach:
        """The whole map."""
        return _whole_map(inputs[0])

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """The input, and mean and inverse deviation of every group."""
        if not (self.affine or run.needs[0]):
            return Saved()
        return Saved((0,), extra=2 * run.batch * self.num_groups * run.itemsize)

    def torch(self, *inputs: Shape) -> TorchCall:
        """``nn.GroupNorm``."""
        options = keywords(self, "eps", "affine")
        return module("GroupNorm", Arg(self.num_groups, "num_groups"), Arg(inputs[0][0], "in.c"), *options)


@final
class InstanceNorm(Layer):
    """Instance normalisation: mean and variance over all positions of one channel, per sample.

    Four operations per element, five with affine (see the module). Like torch, no parameters unless asked for.
    Source: Ulyanov, Vedaldi and Lempitsky, Instance Normalization (2016).
    """

    op: ClassVar[str] = "instancenorm"
    words: ClassVar[dict[str, dict[str, Any]]] = _NOAFFINE
    EXAMPLES: ClassVar[tuple[Example, ...]] = (
        Example({}, ((3, 5, 7),), "instancenorm"),
        Example({"affine": True}, ((6, 9),), "instancenorm affine"),
        Example({"affine": True, "eps": Fraction(1, 1000)}, ((4, 3, 4, 5),), "instancenorm affine eps=0.001"),
    )

    eps: Positive = EPS
    affine: bool = False

    def infer(self, *inputs: Shape) -> Shape:
        """The shape of the input.

        Raises:
            ShapeError: there are no spatial axes, or there is only one position.
        """
        spatial_rank(inputs[0], self.op)
        if prod(inputs[0][1:]) == 1:
            message = f"{self.op} needs more than one position per channel; the input is {shown(inputs[0])}"
            raise ShapeError(
                message, hint="put it before the map shrinks to one position, or remove it", assume=inputs[0]
            )
        return inputs[0]

    def params(self, *inputs: Shape) -> tuple[Param, ...]:
        """Weight and bias per channel, if affine."""
        return _affine((inputs[0][0],)) if self.affine else ()

    def cost(self, *inputs: Shape) -> Cost:
        """Four operations per element, five with affine."""
        return _statistics_cost(inputs[0], affine=self.affine)

    def reach(self, *inputs: Shape) -> Reach:
        """The whole map."""
        return _whole_map(inputs[0])

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """The input, mean and inverse deviation per sample and channel, and the weight repeated for every sample."""
        if not (self.affine or run.needs[0]):
            return Saved()
        each = 3 if self.affine else 2
        return Saved((0,), extra=each * run.batch * inputs[0][0] * run.itemsize)

    def torch(self, *inputs: Shape) -> TorchCall:
        """``nn.InstanceNorm1d``, ``2d`` or ``3d``."""
        options = keywords(self, "eps", "affine")
        return module(f"InstanceNorm{len(inputs[0]) - 1}d", Arg(inputs[0][0], "in.c"), *options)


@final
class LRN(Layer):
    """Local response normalisation: ``y = x / (k + alpha/size * sum(x**2))**beta``, the sum over ``size`` channels.

    Per element ``size`` multiply-accumulates, one addition (k), one power, two divisions (alpha/size, the quotient).
    Source: Krizhevsky, Sutskever and Hinton (2012), section 3.3; the alpha is divided by size as in
    ``torch.nn.LocalResponseNorm``; the count is netscope's.
    """

    op: ClassVar[str] = "lrn"
    positional: ClassVar[tuple[str, ...]] = ("size", "alpha", "beta", "k")
    EXAMPLES: ClassVar[tuple[Example, ...]] = (
        Example({"size": 5}, ((8, 6, 7),), "lrn 5"),
        Example(
            {"size": 4, "alpha": Fraction(1, 1000), "beta": Fraction(1, 2), "k": 2}, ((6, 9),), "lrn 4 0.001 0.5 2"
        ),
        Example({"size": 3}, ((4, 3, 4, 5),), "lrn 3"),
    )

    size: Count
    alpha: Real = Fraction(1, 10_000)
    beta: Real = Fraction(3, 4)
    k: Real = 1

    def infer(self, *inputs: Shape) -> Shape:
        """The shape of the input."""
        spatial_rank(inputs[0], self.op)
        return inputs[0]

    def cost(self, *inputs: Shape) -> Cost:
        """Per element size MACs, one addition, one power, two divisions."""
        size = prod(inputs[0])
        return {"mac": self.size * size, "add": size, "exp": size, "div": 2 * size}

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """The input, its padded square, the base of the power, and the divisor."""
        if not run.needs[0]:
            return Saved()
        channels, *spatial = inputs[0]
        padded = (channels + self.size - 1) * prod(spatial)
        return Saved((0,), extra=run.batch * run.itemsize * (padded + 2 * prod(inputs[0])))

    def torch(self, *inputs: Shape) -> TorchCall:
        """``nn.LocalResponseNorm``."""
        del inputs
        return module("LocalResponseNorm", Arg(self.size, "size"), *keywords(self, "alpha", "beta", "k"))
