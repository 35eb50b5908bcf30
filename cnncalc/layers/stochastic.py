"""Relatives of dropout: whole channels, whole samples, and the kind that keeps mean and variance."""

from __future__ import annotations

from fractions import Fraction
from typing import ClassVar, Literal, final

from cnncalc.layers.arguments import Rate, helper, keywords, spatial_rank
from cnncalc.layers.base import NOTHING, Arg, Example, Layer, Run, Saved, Shape, TorchCall
from cnncalc.layers.dropout import AnyDropout


class _SpatialDropout(AnyDropout):
    """Dropout of whole channels: the mask has one number per channel."""

    rank: ClassVar[int]

    def infer(self, *inputs: Shape) -> Shape:
        """The shape of the input.

        Raises:
            ShapeError: it has the wrong number of spatial axes.
        """
        spatial_rank(inputs[0], self.op, (self.rank,))
        return inputs[0]

    def mask(self, shape: Shape) -> int:
        """One number per channel."""
        return shape[0]


@final
class Dropout1d(_SpatialDropout):
    """Dropout of whole channels of a sequence. No operations in evaluation. Source: Tompson et al. (2015)."""

    op = "dropout1d"
    target = "Dropout1d"
    rank = 1
    EXAMPLES = (Example({"p": Fraction(1, 4)}, ((6, 9),), "dropout1d 0.25"),)


@final
class Dropout2d(_SpatialDropout):
    """Dropout of whole channels of an image. No operations in evaluation. Source: Tompson et al. (2015)."""

    op = "dropout2d"
    target = "Dropout2d"
    rank = 2
    EXAMPLES = (
        Example({}, ((8, 5, 7),), "dropout2d"),
        Example({"inplace": True}, ((8, 5, 7),), "dropout2d inplace"),
    )


@final
class Dropout3d(_SpatialDropout):
    """Dropout of whole channels of a volume. No operations in evaluation. Source: Tompson et al. (2015)."""

    op = "dropout3d"
    target = "Dropout3d"
    rank = 3
    EXAMPLES = (Example({"p": Fraction(1, 10)}, ((4, 3, 4, 5),), "dropout3d 0.1"),)


@final
class AlphaDropout(AnyDropout):
    """Dropout that keeps mean and variance of self-normalising networks. No operations in evaluation.

    Source: Klambauer et al., Self-Normalizing Neural Networks (2017).
    """

    op = "alphadropout"
    target = "AlphaDropout"
    EXAMPLES = (
        Example({}, ((10,),), "alphadropout"),
        Example({"p": Fraction(1, 5)}, ((8, 5, 7),), "alphadropout 0.2"),
    )


@final
class StochasticDepth(Layer):
    """Stochastic depth: training drops the whole value of a sample (or of the batch) with probability p.

    No operations in evaluation. Source: Huang et al., Deep Networks with Stochastic Depth (2016).
    """

    op = "stochasticdepth"
    aliases = ("droppath",)
    positional = ("p",)
    words = {"row": {"mode": "row"}, "batch": {"mode": "batch"}}
    EXAMPLES = (
        Example({"p": Fraction(1, 5)}, ((8, 5, 7),), "droppath 0.2"),
        Example({"p": Fraction(1, 5), "mode": "batch"}, ((6, 9),), "droppath 0.2 batch"),
        Example({"p": 0}, ((4, 3, 4, 5),), "droppath 0"),
    )

    p: Rate
    mode: Literal["row", "batch"] = "row"

    def infer(self, *inputs: Shape) -> Shape:
        """The shape of the input."""
        return inputs[0]

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """In training one number per sample, or one for the batch."""
        del inputs
        if not (run.train and run.needs[0] and self.p):
            return NOTHING
        return Saved(extra=run.itemsize * (run.batch if self.mode == "row" else 1))

    def is_view(self, *inputs: Shape) -> bool:
        """For p = 0 it returns its input."""
        del inputs
        return not self.p

    def torch(self, *inputs: Shape) -> TorchCall:
        """A small class of its own."""
        del inputs
        return helper("StochasticDepth", Arg(self.p, "p"), *keywords(self, "mode"))
