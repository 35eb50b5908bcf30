"""Dropout and its relatives: random zeros in training, nothing in evaluation; and the identity."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import Any, ClassVar, Literal, final

from cnncalc.layers.arguments import Rate, helper, keywords, module, spatial_rank
from cnncalc.layers.base import NOTHING, Arg, Example, Layer, Run, Saved, Shape, TorchCall

HALF = Fraction(1, 2)
_INPLACE: dict[str, dict[str, Any]] = {"inplace": {"inplace": True}}


class _Dropout(Layer):
    """What the members of the family have in common: a rate, and a mask that training keeps."""

    positional: ClassVar[tuple[str, ...]] = ("p",)
    words: ClassVar[dict[str, dict[str, Any]]] = _INPLACE
    target: ClassVar[str]

    p: Rate = HALF
    inplace: bool = False

    def infer(self, *inputs: Shape) -> Shape:
        """The shape of the input."""
        return inputs[0]

    def mask(self, shape: Shape) -> int:
        """Numbers in the mask of one sample."""
        return prod(shape)

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """In training the mask, as numbers of the input's type; nothing in evaluation or for p = 0."""
        if not (run.train and run.needs[0] and self.p):
            return NOTHING
        return Saved(extra=run.batch * self.mask(inputs[0]) * run.itemsize)

    def is_view(self, *inputs: Shape) -> bool:
        """In place, and for p = 0, it returns its input (in evaluation too, but the answer is that for training)."""
        del inputs
        return self.inplace or not self.p

    def torch(self, *inputs: Shape) -> TorchCall:
        """The module of the same name."""
        del inputs
        rate = [Arg(self.p, "p")] if self.p != HALF else []
        return module(self.target, *rate, *keywords(self, "inplace"))


@final
class Dropout(_Dropout):
    """Dropout: every number is zero with probability p, the others are divided by 1 - p; identity in evaluation.

    No operations in evaluation. Source: Srivastava et al., Dropout (2014), inverted as in ``torch.nn.Dropout``.
    """

    op: ClassVar[str] = "dropout"
    target: ClassVar[str] = "Dropout"
    EXAMPLES: ClassVar[tuple[Example, ...]] = (
        Example({}, ((10,),), "dropout"),
        Example({"p": Fraction(1, 5)}, ((8, 5, 7),), "dropout 0.2"),
        Example({"p": 0}, ((6, 9),), "dropout 0"),
        Example({"inplace": True}, ((4, 3, 4, 5),), "dropout inplace"),
    )


class _SpatialDropout(_Dropout):
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

    op: ClassVar[str] = "dropout1d"
    target: ClassVar[str] = "Dropout1d"
    rank: ClassVar[int] = 1
    EXAMPLES: ClassVar[tuple[Example, ...]] = (Example({"p": Fraction(1, 4)}, ((6, 9),), "dropout1d 0.25"),)


@final
class Dropout2d(_SpatialDropout):
    """Dropout of whole channels of an image. No operations in evaluation. Source: Tompson et al. (2015)."""

    op: ClassVar[str] = "dropout2d"
    target: ClassVar[str] = "Dropout2d"
    rank: ClassVar[int] = 2
    EXAMPLES: ClassVar[tuple[Example, ...]] = (
        Example({}, ((8, 5, 7),), "dropout2d"),
        Example({"inplace": True}, ((8, 5, 7),), "dropout2d inplace"),
    )


@final
class Dropout3d(_SpatialDropout):
    """Dropout of whole channels of a volume. No operations in evaluation. Source: Tompson et al. (2015)."""

    op: ClassVar[str] = "dropout3d"
    target: ClassVar[str] = "Dropout3d"
    rank: ClassVar[int] = 3
    EXAMPLES: ClassVar[tuple[Example, ...]] = (Example({"p": Fraction(1, 10)}, ((4, 3, 4, 5),), "dropout3d 0.1"),)


@final
class AlphaDropout(_Dropout):
    """Dropout that keeps mean and variance of self-normalising networks. No operations in evaluation.

    Source: Klambauer et al., Self-Normalizing Neural Networks (2017).
    """

    op: ClassVar[str] = "alphadropout"
    target: ClassVar[str] = "AlphaDropout"
    EXAMPLES: ClassVar[tuple[Example, ...]] = (
        Example({}, ((10,),), "alphadropout"),
        Example({"p": Fraction(1, 5)}, ((8, 5, 7),), "alphadropout 0.2"),
    )


@final
class StochasticDepth(Layer):
    """Stochastic depth: training drops the whole value of a sample (or of the batch) with probability p.

    No operations in evaluation. Source: Huang et al., Deep Networks with Stochastic Depth (2016).
    """

    op: ClassVar[str] = "stochasticdepth"
    aliases: ClassVar[tuple[str, ...]] = ("droppath",)
    positional: ClassVar[tuple[str, ...]] = ("p",)
    words: ClassVar[dict[str, dict[str, Any]]] = {"row": {"mode": "row"}, "batch": {"mode": "batch"}}
    EXAMPLES: ClassVar[tuple[Example, ...]] = (
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


@final
class Identity(Layer):
    """Passes its input through: no operations, no bytes."""

    op: ClassVar[str] = "identity"
    EXAMPLES: ClassVar[tuple[Example, ...]] = (Example({}, ((8, 5, 7),), "identity"), Example({}, ((10,),), "identity"))

    def infer(self, *inputs: Shape) -> Shape:
        """The shape of the input."""
        return inputs[0]

    def is_view(self, *inputs: Shape) -> bool:
        """It is its input."""
        del inputs
        return True

    def torch(self, *inputs: Shape) -> TorchCall:
        """``nn.Identity``."""
        del inputs
        return module("Identity")
