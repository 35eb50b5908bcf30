"""Activations: one number in, one number out. E is the number of elements; costs are stated by kind in each class.

What autograd keeps (measured, and stated in torch's derivatives.yaml) is one of a few ways, named ``keeps``: the input,
the output, or the input and a new tensor of its size. Working in place changes it for some, named ``keeps_inplace``:
those with a formula of their own keep the output; the others copy the input first, so that nothing is gained.
"""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import Any, ClassVar, Literal, final

from cnncalc.layers.arguments import Real, keywords, module
from cnncalc.layers.base import NOTHING, Cost, Example, Layer, Run, Saved, Shape, TorchCall

Keeps = Literal["input", "output", "copy", "input and more", "nothing"]

INPLACE: dict[str, dict[str, Any]] = {"inplace": {"inplace": True}}
EXAMPLES: tuple[Example, ...] = tuple(Example({}, (shape,)) for shape in ((8, 5, 7), (6, 9), (4, 3, 4, 5), (10,)))


def keep(way: Keeps, run: Run, size: int) -> Saved:
    """What a way of keeping means in bytes, for ``size`` numbers per sample."""
    new = size * run.batch * run.itemsize
    ways = {
        "input": Saved((0,)),
        "output": Saved(output=True),
        "copy": Saved(extra=new),
        "input and more": Saved((0,), extra=new),
        "nothing": NOTHING,
    }
    return ways[way]


class Activation(Layer):
    """What activations have in common; ``each`` is the cost of one element."""

    target: ClassVar[str]
    each: ClassVar[Cost]
    keeps: ClassVar[Keeps] = "input"
    EXAMPLES = EXAMPLES

    def infer(self, *inputs: Shape) -> Shape:
        """The shape of the input."""
        return inputs[0]

    def cost(self, *inputs: Shape) -> Cost:
        """The stated operations for every element."""
        size = prod(inputs[0])
        return {kind: count * size for kind, count in self.each.items()}

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """The input, the output or more: see the module."""
        return keep(self.keeps, run, prod(inputs[0])) if any(run.needs) else NOTHING

    def torch(self, *inputs: Shape) -> TorchCall:
        """The class of torch.nn, with the arguments that differ from its defaults."""
        del inputs
        return module(self.target, *keywords(self, *type(self).model_fields))


class InplaceActivation(Activation):
    """An activation that can overwrite its input."""

    keeps_inplace: ClassVar[Keeps]
    words = INPLACE
    EXAMPLES: ClassVar[tuple[Example, ...]] = (*EXAMPLES, Example({"inplace": True}, ((8, 5, 7),)))

    inplace: bool = False

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """As the module says; working in place may change it."""
        way = self.keeps_inplace if self.inplace else self.keeps
        return keep(way, run, prod(inputs[0])) if run.needs[0] else NOTHING

    def is_view(self, *inputs: Shape) -> bool:
        """In place it returns its input."""
        del inputs
        return self.inplace


@final
class ReLU(InplaceActivation):
    """``max(0, x)``: E comparisons. Keeps its output. Source: Nair and Hinton (2010)."""

    op = "relu"
    target = "ReLU"
    each = {"cmp": 1}
    keeps = "output"
    keeps_inplace = "output"


@final
class ReLU6(InplaceActivation):
    """``min(max(0, x), 6)``: 2E comparisons. Source: Howard et al., MobileNets (2017)."""

    op = "relu6"
    target = "ReLU6"
    each = {"cmp": 2}
    keeps_inplace = "copy"


@final
class LeakyReLU(InplaceActivation):
    """``max(0, x) + negative_slope * min(0, x)``: per element 2 comparisons, a multiplication, an addition (4E).

    Source: Maas, Hannun and Ng (2013).
    """

    op = "leakyrelu"
    aliases = ("leaky",)
    positional = ("negative_slope",)
    target = "LeakyReLU"
    each = {"cmp": 2, "mul": 1, "add": 1}
    keeps_inplace = "output"
    EXAMPLES = (
        *EXAMPLES,
        Example({"negative_slope": Fraction(1, 10)}, ((8, 5, 7),), "leaky 0.1"),
        Example({"inplace": True}, ((6, 9),), "leaky inplace"),
    )

    negative_slope: Real = Fraction(1, 100)
