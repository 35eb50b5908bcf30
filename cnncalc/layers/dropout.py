"""Dropout: random zeros in training, nothing in evaluation, like the identity."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import Any, ClassVar, final

from cnncalc.layers.arguments import Rate, keywords, module
from cnncalc.layers.base import NOTHING, Arg, Example, Layer, Run, Saved, Shape, TorchCall

HALF = Fraction(1, 2)
_INPLACE: dict[str, dict[str, Any]] = {"inplace": {"inplace": True}}


class AnyDropout(Layer):
    """What the members of the family have in common: a rate, and a mask that training keeps."""

    positional = ("p",)
    words = _INPLACE
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
class Dropout(AnyDropout):
    """Dropout: every number is zero with probability p, the others are divided by 1 - p; identity in evaluation.

    No operations in evaluation. Source: Srivastava et al., Dropout (2014), inverted as in ``torch.nn.Dropout``.
    """

    op = "dropout"
    target = "Dropout"
    EXAMPLES = (
        Example({}, ((10,),), "dropout"),
        Example({"p": Fraction(1, 5)}, ((8, 5, 7),), "dropout 0.2"),
        Example({"p": 0}, ((6, 9),), "dropout 0"),
        Example({"inplace": True}, ((4, 3, 4, 5),), "dropout inplace"),
    )
