"""Normalisation with the statistics of one sample: by groups of channels, and by single channels."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import final

from cnncalc.diagnostics import ShapeError
from cnncalc.layers.arguments import (
    Count,
    Positive,
    expression,
    fitting_divisor,
    keywords,
    literal,
    module,
    spatial_rank,
)
from cnncalc.layers.base import (
    Arg,
    Cost,
    Example,
    Param,
    Reach,
    Run,
    Saved,
    Shape,
    TorchCall,
    shown,
)
from cnncalc.layers.norm import AFFINE_WORDS, EPS, affine_params, statistics_cost, whole_map
from cnncalc.layers.weights import Scaled


@final
class GroupNorm(Scaled):
    """Group normalisation: mean and variance over the channels of one group and all positions, per sample.

    Four operations per element, five with affine (see the module). Source: Wu and He, Group Normalization (2018).
    """

    op = "groupnorm"
    aliases = ("gn",)
    positional = ("num_groups",)
    words = AFFINE_WORDS
    EXAMPLES = (
        Example({"num_groups": 2}, ((8, 5, 7),), "gn 2"),
        Example({"num_groups": 3, "affine": False}, ((6, 9),), "gn 3 noaffine"),
        Example({"num_groups": 1, "eps": Fraction(1, 1000)}, ((4, 3, 4, 5),), "gn 1 eps=0.001"),
    )

    num_groups: Count
    eps: Positive = EPS
    affine: bool = True
    bias: str | None = None

    def infer(self, *inputs: Shape) -> Shape:
        """The shape of the input.

        Raises:
            ShapeError: the groups do not divide the channels, or a named value is not one number per channel.
        """
        channels = inputs[0][0]
        if channels % self.num_groups:
            message = f"num_groups {self.num_groups} does not divide the {channels} channels"
            hint = f"use {fitting_divisor(channels, self.num_groups)} groups"
            raise ShapeError(message, argument="num_groups", hint=hint, assume=inputs[0])
        self.check_scale(inputs, inputs[0][:1])
        return inputs[0]

    def params(self, *inputs: Shape) -> tuple[Param, ...]:
        """Weight and bias per channel."""
        return affine_params(inputs[0][0]) if self.owns(self.affine) else ()

    def cost(self, *inputs: Shape) -> Cost:
        """Four operations per element, five with affine."""
        return statistics_cost(inputs[0], affine=self.scales(self.affine))

    def reach(self, *inputs: Shape) -> Reach:
        """The whole map."""
        return whole_map(inputs[0])

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """The input, a named weight, and mean and inverse deviation of every group."""
        if not (self.owns(self.affine) or any(run.needs)):
            return Saved()
        statistics = run.statistics(weighted=self.scales(self.affine))
        return Saved(tuple(range(len(inputs)))[:2], extra=2 * run.batch * self.num_groups * statistics)

    def torch(self, *inputs: Shape) -> TorchCall:
        """``nn.GroupNorm``; with a named weight ``F.group_norm``."""
        if self.weight is not None:
            return expression(f"F.group_norm({{0}}, {self.num_groups}{self.named()}, eps={literal(self.eps)})")
        options = keywords(self, "eps", "affine")
        return module("GroupNorm", Arg(self.num_groups, "num_groups"), Arg(inputs[0][0], "in.c"), *options)


@final
class InstanceNorm(Scaled):
    """Instance normalisation: mean and variance over all positions of one channel, per sample.

    Four operations per element, five with affine (see the module). Like torch, no parameters unless asked for.
    Source: Ulyanov, Vedaldi and Lempitsky, Instance Normalization (2016).
    """

    op = "instancenorm"
    words = AFFINE_WORDS
    EXAMPLES = (
        Example({}, ((3, 5, 7),), "instancenorm"),
        Example({"affine": True}, ((6, 9),), "instancenorm affine"),
        Example({"affine": True, "eps": Fraction(1, 1000)}, ((4, 3, 4, 5),), "instancenorm affine eps=0.001"),
    )

    eps: Positive = EPS
    affine: bool = False
    bias: str | None = None

    def infer(self, *inputs: Shape) -> Shape:
        """The shape of the input.

        Raises:
            ShapeError: there are no spatial axes, there is only one position, or a named value is not one number per channel.
        """
        spatial_rank(inputs[0], self.op)
        if prod(inputs[0][1:]) == 1:
            message = f"{self.op} needs more than one position per channel; the input is {shown(inputs[0])}"
            raise ShapeError(
                message, hint="put it before the map shrinks to one position, or remove it", assume=inputs[0]
            )
        self.check_scale(inputs, inputs[0][:1])
        return inputs[0]

    def params(self, *inputs: Shape) -> tuple[Param, ...]:
        """Weight and bias per channel, if affine."""
        return affine_params(inputs[0][0]) if self.owns(self.affine) else ()

    def cost(self, *inputs: Shape) -> Cost:
        """Four operations per element, five with affine."""
        return statistics_cost(inputs[0], affine=self.scales(self.affine))

    def reach(self, *inputs: Shape) -> Reach:
        """The whole map."""
        return whole_map(inputs[0])

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """The input, mean and inverse deviation per sample and channel, and the weight repeated for every sample."""
        if not (self.owns(self.affine) or any(run.needs)):
            return Saved()
        scales = self.scales(self.affine)
        each = 3 if scales else 2
        return Saved((0,), extra=each * run.batch * inputs[0][0] * run.statistics(weighted=scales))

    def torch(self, *inputs: Shape) -> TorchCall:
        """``nn.InstanceNorm1d``, ``2d`` or ``3d``; with a named weight ``F.instance_norm``."""
        if self.weight is not None:
            return expression(f"F.instance_norm({{0}}, None, None{self.named()}, eps={literal(self.eps)})")
        options = keywords(self, "eps", "affine")
        return module(f"InstanceNorm{len(inputs[0]) - 1}d", Arg(inputs[0][0], "in.c"), *options)
