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
        return module(self.target, *(Arg(v.value, v.field, None if v.field == "p" else v.keyword) for v in keywords(self, "p", "inplace")))


@final
class Dropout(_Dropout):
    """Dropout: every number is zero with probability p, the others are divided by 1 - p; identity in evaluation.

    No operations in evaluation. Source: Srivastava et al., Dropout (2014), in its inverted form as ``torch.nn.Dropout``.
    """

    op: ClassVar[str] = "dropout"
    target: ClassVar[str] = "Dropout"
    EXAMPLES: ClassVar[tuple[Example, ...]] = (
        Example({}, ((10,),), "dropout"),
        Example({"p": Fraction(1, 5)}, ((8, 5, 7),), "dropout 0.2"),
        Example({"p": 0}, ((6, 9),), "dropout 0"),
        Example({"inplace": True}, ((4, 3, 4, 5),), "dropout inplace"),
    )
