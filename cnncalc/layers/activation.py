"""Activations: one number in, one number out. E is the number of elements; costs are stated by kind in each class.

What autograd keeps (measured, and stated in torch's derivatives.yaml) is one of a few ways, named ``keeps``: the input,
the output, or the input and a new tensor of its size. Working in place changes it for some, named ``keeps_inplace``:
those with a formula of their own keep the output; the others copy the input first, so that nothing is gained.
"""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import Any, ClassVar, Literal, final

from cnncalc.layers.arguments import Positive, Real, keywords, module
from cnncalc.layers.base import NOTHING, Arg, Cost, Example, Layer, Param, Run, Saved, Shape, TorchCall

Keeps = Literal["input", "output", "copy", "input and more"]

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
    }
    return ways[way]


class _Activation(Layer):
    """What activations have in common; ``each`` is the cost of one element."""

    target: ClassVar[str]
    each: ClassVar[Cost]
    keeps: ClassVar[Keeps] = "input"
    EXAMPLES: ClassVar[tuple[Example, ...]] = EXAMPLES

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


class _Inplace(_Activation):
    """An activation that can overwrite its input."""

    keeps_inplace: ClassVar[Keeps]
    words: ClassVar[dict[str, dict[str, Any]]] = INPLACE
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
class ReLU(_Inplace):
    """``max(0, x)``: E comparisons. Keeps its output. Source: Nair and Hinton (2010)."""

    op: ClassVar[str] = "relu"
    target: ClassVar[str] = "ReLU"
    each: ClassVar[Cost] = {"cmp": 1}
    keeps: ClassVar[Keeps] = "output"
    keeps_inplace: ClassVar[Keeps] = "output"


@final
class ReLU6(_Inplace):
    """``min(max(0, x), 6)``: 2E comparisons. Source: Howard et al., MobileNets (2017)."""

    op: ClassVar[str] = "relu6"
    target: ClassVar[str] = "ReLU6"
    each: ClassVar[Cost] = {"cmp": 2}
    keeps_inplace: ClassVar[Keeps] = "copy"


@final
class LeakyReLU(_Inplace):
    """``max(0, x) + negative_slope * min(0, x)``: per element 2 comparisons, a multiplication, an addition (4E).

    Source: Maas, Hannun and Ng (2013).
    """

    op: ClassVar[str] = "leakyrelu"
    aliases: ClassVar[tuple[str, ...]] = ("leaky",)
    positional: ClassVar[tuple[str, ...]] = ("negative_slope",)
    target: ClassVar[str] = "LeakyReLU"
    each: ClassVar[Cost] = {"cmp": 2, "mul": 1, "add": 1}
    keeps_inplace: ClassVar[Keeps] = "output"
    EXAMPLES: ClassVar[tuple[Example, ...]] = (
        *EXAMPLES,
        Example({"negative_slope": Fraction(1, 10)}, ((8, 5, 7),), "leaky 0.1"),
        Example({"inplace": True}, ((6, 9),), "leaky inplace"),
    )

    negative_slope: Real = Fraction(1, 100)


@final
class PReLU(_Activation):
    """``max(0, x) + weight * min(0, x)`` with one learned slope, or one per channel: 4E as leakyrelu.

    Source: He et al., Delving Deep into Rectifiers (2015).
    """

    op: ClassVar[str] = "prelu"
    target: ClassVar[str] = "PReLU"
    words: ClassVar[dict[str, dict[str, Any]]] = {"channelwise": {"channelwise": True}}
    each: ClassVar[Cost] = {"cmp": 2, "mul": 1, "add": 1}
    EXAMPLES: ClassVar[tuple[Example, ...]] = (
        *EXAMPLES,
        Example({"channelwise": True}, ((8, 5, 7),), "prelu channelwise"),
        Example({"channelwise": True, "init": 0}, ((6, 9),), "prelu channelwise init=0"),
    )

    channelwise: bool = False
    init: Real = Fraction(1, 4)

    def params(self, *inputs: Shape) -> tuple[Param, ...]:
        """The slope or slopes."""
        return (Param("weight", (inputs[0][0] if self.channelwise else 1,)),)

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """The input."""
        del run, inputs
        return Saved((0,))

    def torch(self, *inputs: Shape) -> TorchCall:
        """``nn.PReLU``."""
        own = [Arg(inputs[0][0], "in.c")] if self.channelwise else []
        return module("PReLU", *own, *keywords(self, "init"))


@final
class ELU(_Inplace):
    """``max(0, x) + min(0, alpha * (exp(x) - 1))``: 2 comparisons, an exponential, 2 additions, a multiplication (6E).

    Source: Clevert, Unterthiner and Hochreiter (2015).
    """

    op: ClassVar[str] = "elu"
    positional: ClassVar[tuple[str, ...]] = ("alpha",)
    target: ClassVar[str] = "ELU"
    each: ClassVar[Cost] = {"cmp": 2, "exp": 1, "add": 2, "mul": 1}
    keeps_inplace: ClassVar[Keeps] = "output"

    alpha: Real = 1


@final
class SELU(_Inplace):
    """``scale * elu(x, alpha)`` with fixed constants: one multiplication more than elu (7E).

    Source: Klambauer et al., Self-Normalizing Neural Networks (2017).
    """

    op: ClassVar[str] = "selu"
    target: ClassVar[str] = "SELU"
    each: ClassVar[Cost] = {"cmp": 2, "exp": 1, "add": 2, "mul": 2}
    keeps_inplace: ClassVar[Keeps] = "output"


@final
class CELU(_Inplace):
    """``max(0, x) + min(0, alpha * (exp(x / alpha) - 1))``: one division more than elu (7E). Source: Barron (2017)."""

    op: ClassVar[str] = "celu"
    positional: ClassVar[tuple[str, ...]] = ("alpha",)
    target: ClassVar[str] = "CELU"
    each: ClassVar[Cost] = {"cmp": 2, "exp": 1, "add": 2, "mul": 1, "div": 1}
    keeps_inplace: ClassVar[Keeps] = "output"

    alpha: Positive = 1


@final
class GELU(_Activation):
    """``x / 2 * (1 + erf(x / sqrt(2)))``: 3 multiplications, one erf, one addition (5E).

    ``tanh`` approximates: ``x / 2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 * x**3)))``: 6 multiplications, 2 additions
    and a tanh of 6 operations (14E). Source: Hendrycks and Gimpel (2016).
    """

    op: ClassVar[str] = "gelu"
    target: ClassVar[str] = "GELU"
    words: ClassVar[dict[str, dict[str, Any]]] = {"tanh": {"approximate": "tanh"}}
    each: ClassVar[Cost] = {"mul": 3, "exp": 1, "add": 1}
    EXAMPLES: ClassVar[tuple[Example, ...]] = (*EXAMPLES, Example({"approximate": "tanh"}, ((8, 5, 7),), "gelu tanh"))

    approximate: Literal["none", "tanh"] = "none"

    def cost(self, *inputs: Shape) -> Cost:
        """5 operations per element; 14 with tanh."""
        if self.approximate == "none":
            return super().cost(*inputs)
        size = prod(inputs[0])
        return {"mul": 7 * size, "add": 4 * size, "div": size, "exp": 2 * size}


@final
class SiLU(_Inplace):
    """``x * sigmoid(x)``: a sigmoid and a multiplication (5E).

    Source: Elfwing, Uchibe and Doya (2017); as swish: Ramachandran, Zoph and Le (2017).
    """

    op: ClassVar[str] = "silu"
    aliases: ClassVar[tuple[str, ...]] = ("swish",)
    target: ClassVar[str] = "SiLU"
    each: ClassVar[Cost] = {"mul": 2, "exp": 1, "add": 1, "div": 1}
    keeps_inplace: ClassVar[Keeps] = "copy"


@final
class Mish(_Inplace):
    """``x * tanh(log(1 + exp(x)))``: exponential, addition, logarithm, a tanh (6) and a multiplication (10E).

    Source: Misra (2019).
    """

    op: ClassVar[str] = "mish"
    target: ClassVar[str] = "Mish"
    each: ClassVar[Cost] = {"exp": 4, "add": 3, "div": 1, "mul": 2}
    keeps_inplace: ClassVar[Keeps] = "copy"


@final
class Hardswish(_Inplace):
    """``x * min(max(0, x + 3), 6) / 6``: an addition, 2 comparisons, a multiplication, a division (5E).

    Source: Howard et al., Searching for MobileNetV3 (2019).
    """

    op: ClassVar[str] = "hardswish"
    target: ClassVar[str] = "Hardswish"
    each: ClassVar[Cost] = {"add": 1, "cmp": 2, "mul": 1, "div": 1}
    keeps_inplace: ClassVar[Keeps] = "copy"


@final
class Hardsigmoid(_Inplace):
    """``min(max(0, x + 3), 6) / 6``: an addition, 2 comparisons, a division (4E). Source: as hardswish."""

    op: ClassVar[str] = "hardsigmoid"
    target: ClassVar[str] = "Hardsigmoid"
    each: ClassVar[Cost] = {"add": 1, "cmp": 2, "div": 1}
    keeps_inplace: ClassVar[Keeps] = "copy"


@final
class Hardtanh(_Inplace):
    """``min(max(x, min_val), max_val)``: 2E comparisons. Source: Collobert (2004)."""

    op: ClassVar[str] = "hardtanh"
    positional: ClassVar[tuple[str, ...]] = ("min_val", "max_val")
    target: ClassVar[str] = "Hardtanh"
    each: ClassVar[Cost] = {"cmp": 2}
    keeps_inplace: ClassVar[Keeps] = "copy"

    min_val: Real = -1
    max_val: Real = 1


@final
class Threshold(_Inplace):
    """``x if x > threshold else value``: E comparisons. Source: ``torch.nn.Threshold``."""

    op: ClassVar[str] = "threshold"
    positional: ClassVar[tuple[str, ...]] = ("threshold", "value")
    target: ClassVar[str] = "Threshold"
    each: ClassVar[Cost] = {"cmp": 1}
    keeps_inplace: ClassVar[Keeps] = "copy"
    EXAMPLES: ClassVar[tuple[Example, ...]] = (
        Example({"threshold": Fraction(1, 2), "value": 0}, ((8, 5, 7),), "threshold 0.5 0"),
        Example({"threshold": 0, "value": -1, "inplace": True}, ((6, 9),), "threshold 0 -1 inplace"),
    )

    threshold: Real
    value: Real

    def torch(self, *inputs: Shape) -> TorchCall:
        """``nn.Threshold``."""
        del inputs
        own = (Arg(self.threshold, "threshold"), Arg(self.value, "value"))
        return module("Threshold", *own, *keywords(self, "inplace"))


@final
class Sigmoid(_Activation):
    """``1 / (1 + exp(-x))``: a sign, an exponential, an addition, a division (4E). Keeps its output."""

    op: ClassVar[str] = "sigmoid"
    target: ClassVar[str] = "Sigmoid"
    each: ClassVar[Cost] = {"mul": 1, "exp": 1, "add": 1, "div": 1}
    keeps: ClassVar[Keeps] = "output"


@final
class Tanh(_Activation):
    """``(exp(x) - exp(-x)) / (exp(x) + exp(-x))``: a sign, 2 exponentials, 2 additions, a division (6E).

    Keeps its output. Source of the count: torchscan.
    """

    op: ClassVar[str] = "tanh"
    target: ClassVar[str] = "Tanh"
    each: ClassVar[Cost] = {"mul": 1, "exp": 2, "add": 2, "div": 1}
    keeps: ClassVar[Keeps] = "output"


@final
class Softplus(_Activation):
    """``log(1 + exp(beta * x)) / beta``, and x above a threshold.

    A multiplication, an exponential, an addition, a logarithm, a division, a comparison (6E).
    Source: Dugas et al. (2001), ``torch.nn.Softplus``.
    """

    op: ClassVar[str] = "softplus"
    positional: ClassVar[tuple[str, ...]] = ("beta", "threshold")
    target: ClassVar[str] = "Softplus"
    each: ClassVar[Cost] = {"mul": 1, "exp": 2, "add": 1, "div": 1, "cmp": 1}

    beta: Positive = 1
    threshold: Real = 20


@final
class Softsign(_Activation):
    """``x / (1 + abs(x))``: a comparison, an addition, a division (3E)."""

    op: ClassVar[str] = "softsign"
    target: ClassVar[str] = "Softsign"
    each: ClassVar[Cost] = {"cmp": 1, "add": 1, "div": 1}
    keeps: ClassVar[Keeps] = "input and more"


@final
class LogSigmoid(_Activation):
    """``min(0, x) - log(1 + exp(-abs(x)))``: 2 comparisons, a sign, an exponential, a logarithm, 2 additions (7E)."""

    op: ClassVar[str] = "logsigmoid"
    target: ClassVar[str] = "LogSigmoid"
    each: ClassVar[Cost] = {"cmp": 2, "mul": 1, "exp": 2, "add": 2}
    keeps: ClassVar[Keeps] = "input and more"
