"""Normalisation with the statistics of a batch, and of neighbouring channels.

Cost of those that compute statistics: 5 operations per element with affine parameters and 4 without, the count of
fvcore and DeepSpeed: sum, sum of squares (a square and an addition), scale, and a shift if affine.
"""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import Any, final

from cnncalc.layers.arguments import (
    Count,
    Positive,
    Rate,
    Real,
    helper,
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
    Window,
    channels_mixed,
)
from cnncalc.layers.weights import Scaled

EPS = Fraction(1, 100_000)
AFFINE_WORDS: dict[str, dict[str, Any]] = {"noaffine": {"affine": False}, "affine": {"affine": True}}


def statistics_cost(shape: Shape, *, affine: bool) -> Cost:
    """Sum, square, sum of squares, scale and, if affine, shift of every element."""
    size = prod(shape)
    return {"add": (3 if affine else 2) * size, "mul": 2 * size}


def affine_params(channels: int) -> tuple[Param, ...]:
    """Weight and bias per channel."""
    return (Param("weight", (channels,)), Param("bias", (channels,)))


def _running(channels: int) -> tuple[Param, ...]:
    return (
        Param("running_mean", (channels,), buffer=True),
        Param("running_var", (channels,), buffer=True),
        Param("num_batches_tracked", (), buffer=True, int64=True),
    )


def whole_map(shape: Shape) -> Reach:
    """Every position reads the whole map."""
    return Reach((Whole(),) * (len(shape) - 1))


@final
class BatchNorm(Scaled):
    """Batch normalisation: ``y = weight * (x - mean) / sqrt(var + eps) + bias`` with one mean and variance per channel.

    Evaluation uses the running statistics, folded into one scale and one shift: per element one multiplication and
    one addition. Without running statistics it costs what group normalisation costs.
    Source: Ioffe and Szegedy, Batch Normalization (2015), algorithm 1; running statistics as ``torch.nn.BatchNorm2d``.
    """

    op = "batchnorm"
    aliases = ("bn",)
    words = AFFINE_WORDS
    EXAMPLES = (
        Example({}, ((8, 5, 7),), "bn"),
        Example({"affine": False, "eps": Fraction(1, 1000)}, ((6, 9),), "bn noaffine eps=0.001"),
        Example({"track_running_stats": False}, ((4, 3, 4, 5),), "bn track_running_stats=false"),
        Example({"momentum": Fraction(1, 100)}, ((10,),), "bn momentum=0.01"),
    )

    eps: Positive = EPS
    momentum: Rate = Fraction(1, 10)
    affine: bool = True
    track_running_stats: bool = True
    bias: str | None = None

    def infer(self, *inputs: Shape) -> Shape:
        """The shape of the input.

        Raises:
            ShapeError: there are too many axes, or a named value is not one number per channel.
        """
        spatial_rank(inputs[0], self.op, (0, 1, 2, 3))
        self.check_scale(inputs, inputs[0][:1])
        return inputs[0]

    def params(self, *inputs: Shape) -> tuple[Param, ...]:
        """Weight and bias, then running mean and variance and the number of batches."""
        channels = inputs[0][0]
        own = affine_params(channels) if self.owns(self.affine) else ()
        return own + _running(channels) if self.track_running_stats else own

    def cost(self, *inputs: Shape) -> Cost:
        """A multiplication and an addition per element."""
        if not self.track_running_stats:
            return statistics_cost(inputs[0], affine=self.scales(self.affine))
        return {"mul": prod(inputs[0]), "add": prod(inputs[0])}

    def reach(self, *inputs: Shape) -> Reach:
        """Point-wise in evaluation, unless it has no running statistics."""
        return POINTWISE if self.track_running_stats else whole_map(inputs[0])

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """The input, a named weight; in training also mean and inverse deviation of every channel."""
        if not (self.owns(self.affine) or any(run.needs)):
            return Saved()
        fresh = run.train or not self.track_running_stats
        size = run.statistics(weighted=self.scales(self.affine) or self.track_running_stats)
        return Saved(tuple(range(len(inputs)))[:2], extra=2 * inputs[0][0] * size if fresh else 0)

    def is_composite(self, *inputs: Shape) -> bool:
        """One operation, also where a class of ours hands it a named weight."""
        del inputs
        return False

    def torch(self, *inputs: Shape) -> TorchCall:
        """``nn.BatchNorm1d``, ``2d`` or ``3d``; with a named weight a small class, which has the running statistics."""
        if self.weight is not None:
            options = keywords(self, "eps", "momentum", "track_running_stats")
            return helper("BatchNormBy", Arg(inputs[0][0], "in.c"), *options)
        options = keywords(self, "eps", "momentum", "affine", "track_running_stats")
        rank = max(1, len(inputs[0]) - 1)
        return module(f"BatchNorm{rank}d", Arg(inputs[0][0], "in.c"), *options)


@final
class LRN(Layer):
    """Local response normalisation: ``y = x / (k + alpha/size * sum(x**2))**beta``, the sum over ``size`` channels.

    Per element ``size`` multiply-accumulates, one addition (k), one power, two divisions (alpha/size, the quotient).
    Source: Krizhevsky, Sutskever and Hinton (2012), section 3.3; the alpha is divided by size as in
    ``torch.nn.LocalResponseNorm``; the count is netscope's.
    """

    op = "lrn"
    positional = ("size", "alpha", "beta", "k")
    EXAMPLES = (
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

    def reach(self, *inputs: Shape) -> Reach:
        """Neighbouring channels of the same position."""
        window = Window(self.size, 1, self.size // 2, (self.size - 1) // 2)
        return channels_mixed(inputs[0])._replace(first=window)

    def cost(self, *inputs: Shape) -> Cost:
        """Per element size products and sums, one more addition, one power, two divisions."""
        size = prod(inputs[0])
        return {"mul": self.size * size, "add": (self.size + 1) * size, "exp": size, "div": 2 * size}

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """The input, its padded square, the base of the power, and the divisor."""
        if not run.needs[0]:
            return Saved()
        channels, *spatial = inputs[0]
        padded = (channels + self.size - 1) * prod(spatial)
        return Saved((0,), extra=run.batch * run.itemsize * (padded + 2 * prod(inputs[0])))

    def is_composite(self, *inputs: Shape) -> bool:
        """A product, padding, pooling, a power, a quotient."""
        del inputs
        return True

    def torch(self, *inputs: Shape) -> TorchCall:
        """``nn.LocalResponseNorm``."""
        del inputs
        return module("LocalResponseNorm", Arg(self.size, "size"), *keywords(self, "alpha", "beta", "k"))
