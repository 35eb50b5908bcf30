"""Activations beyond the rectifiers: exponential, sigmoid-like and piecewise. E is the number of elements."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import Literal, final

from cnncalc.diagnostics import ShapeError
from cnncalc.layers.activation import EXAMPLES, Activation, InplaceActivation
from cnncalc.layers.arguments import Positive, Real, keywords, module
from cnncalc.layers.base import Arg, Cost, Example, Param, Run, Saved, Shape, TorchCall


@final
class PReLU(Activation):
    """``max(0, x) + weight * min(0, x)`` with one learned slope, or one per channel: 4E as leakyrelu.

    Source: He et al., Delving Deep into Rectifiers (2015).
    """

    op = "prelu"
    target = "PReLU"
    words = {"channelwise": {"channelwise": True}}
    each = {"cmp": 2, "mul": 1, "add": 1}
    EXAMPLES = (
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
class ELU(InplaceActivation):
    """``max(0, x) + min(0, alpha * (exp(x) - 1))``: 2 comparisons, an exponential, 2 additions, a multiplication (6E).

    Source: Clevert, Unterthiner and Hochreiter (2015).
    """

    op = "elu"
    positional = ("alpha",)
    target = "ELU"
    each = {"cmp": 2, "exp": 1, "add": 2, "mul": 1}
    keeps_inplace = "output"

    alpha: Real = 1


@final
class SELU(InplaceActivation):
    """``scale * elu(x, alpha)`` with fixed constants: one multiplication more than elu (7E).

    Source: Klambauer et al., Self-Normalizing Neural Networks (2017).
    """

    op = "selu"
    target = "SELU"
    each = {"cmp": 2, "exp": 1, "add": 2, "mul": 2}
    keeps_inplace = "output"


@final
class CELU(InplaceActivation):
    """``max(0, x) + min(0, alpha * (exp(x / alpha) - 1))``: one division more than elu (7E). Source: Barron (2017)."""

    op = "celu"
    positional = ("alpha",)
    target = "CELU"
    each = {"cmp": 2, "exp": 1, "add": 2, "mul": 1, "div": 1}
    keeps_inplace = "output"

    alpha: Positive = 1


@final
class GELU(Activation):
    """``x / 2 * (1 + erf(x / sqrt(2)))``: 3 multiplications, one erf, one addition (5E).

    ``tanh`` approximates: ``x / 2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 * x**3)))``: 6 multiplications, 2 additions
    and a tanh of 6 operations (14E). Source: Hendrycks and Gimpel (2016).
    """

    op = "gelu"
    target = "GELU"
    words = {"tanh": {"approximate": "tanh"}}
    each = {"mul": 3, "exp": 1, "add": 1}
    EXAMPLES = (*EXAMPLES, Example({"approximate": "tanh"}, ((8, 5, 7),), "gelu tanh"))

    approximate: Literal["none", "tanh"] = "none"

    def cost(self, *inputs: Shape) -> Cost:
        """5 operations per element; 14 with tanh."""
        if self.approximate == "none":
            return super().cost(*inputs)
        size = prod(inputs[0])
        return {"mul": 7 * size, "add": 4 * size, "div": size, "exp": 2 * size}


@final
class SiLU(InplaceActivation):
    """``x * sigmoid(x)``: a sigmoid and a multiplication (5E).

    Source: Elfwing, Uchibe and Doya (2017); as swish: Ramachandran, Zoph and Le (2017).
    """

    op = "silu"
    aliases = ("swish",)
    target = "SiLU"
    each = {"mul": 2, "exp": 1, "add": 1, "div": 1}
    keeps_inplace = "copy"


@final
class Mish(InplaceActivation):
    """``x * tanh(log(1 + exp(x)))``: exponential, addition, logarithm, a tanh (6) and a multiplication (10E).

    Source: Misra (2019).
    """

    op = "mish"
    target = "Mish"
    each = {"exp": 4, "add": 3, "div": 1, "mul": 2}
    keeps_inplace = "copy"


@final
class Hardswish(InplaceActivation):
    """``x * min(max(0, x + 3), 6) / 6``: an addition, 2 comparisons, a multiplication, a division (5E).

    Source: Howard et al., Searching for MobileNetV3 (2019).
    """

    op = "hardswish"
    target = "Hardswish"
    each = {"add": 1, "cmp": 2, "mul": 1, "div": 1}
    keeps_inplace = "copy"


@final
class Hardsigmoid(InplaceActivation):
    """``min(max(0, x + 3), 6) / 6``: an addition, 2 comparisons, a division (4E). Source: as hardswish."""

    op = "hardsigmoid"
    target = "Hardsigmoid"
    each = {"add": 1, "cmp": 2, "div": 1}
    keeps_inplace = "copy"


@final
class Hardtanh(InplaceActivation):
    """``min(max(x, min_val), max_val)``: 2E comparisons. Source: Collobert (2004)."""

    op = "hardtanh"
    positional = ("min_val", "max_val")
    target = "Hardtanh"
    each = {"cmp": 2}
    keeps_inplace = "copy"

    min_val: Real = -1
    max_val: Real = 1

    def infer(self, *inputs: Shape) -> Shape:
        """The shape of the input.

        Raises:
            ShapeError: the bounds leave nothing between them.
        """
        if self.min_val >= self.max_val:
            message = f"max_val {self.max_val} must be greater than min_val {self.min_val}"
            raise ShapeError(message, argument="max_val", hint="hardtanh min max", assume=inputs[0])
        return inputs[0]


@final
class Threshold(InplaceActivation):
    """``x if x > threshold else value``: E comparisons. Source: ``torch.nn.Threshold``."""

    op = "threshold"
    positional = ("threshold", "value")
    target = "Threshold"
    each = {"cmp": 1}
    keeps_inplace = "copy"
    EXAMPLES = (
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
class Sigmoid(Activation):
    """``1 / (1 + exp(-x))``: a sign, an exponential, an addition, a division (4E). Keeps its output."""

    op = "sigmoid"
    target = "Sigmoid"
    each = {"mul": 1, "exp": 1, "add": 1, "div": 1}
    keeps = "output"


@final
class Tanh(Activation):
    """``(exp(x) - exp(-x)) / (exp(x) + exp(-x))``: a sign, 2 exponentials, 2 additions, a division (6E).

    Keeps its output. Source of the count: torchscan.
    """

    op = "tanh"
    target = "Tanh"
    each = {"mul": 1, "exp": 2, "add": 2, "div": 1}
    keeps = "output"


@final
class Softplus(Activation):
    """``log(1 + exp(beta * x)) / beta``, and x above a threshold.

    A multiplication, an exponential, an addition, a logarithm, a division, a comparison (6E).
    Source: Dugas et al. (2001), ``torch.nn.Softplus``.
    """

    op = "softplus"
    positional = ("beta", "threshold")
    target = "Softplus"
    each = {"mul": 1, "exp": 2, "add": 1, "div": 1, "cmp": 1}

    beta: Positive = 1
    threshold: Real = 20


@final
class Softsign(Activation):
    """``x / (1 + abs(x))``: a comparison, an addition, a division (3E)."""

    op = "softsign"
    target = "Softsign"
    each = {"cmp": 1, "add": 1, "div": 1}
    keeps = "input and more"


@final
class LogSigmoid(Activation):
    """``min(0, x) - log(1 + exp(-abs(x)))``: 2 comparisons, a sign, an exponential, a logarithm, 2 additions (7E)."""

    op = "logsigmoid"
    target = "LogSigmoid"
    each = {"cmp": 2, "mul": 1, "exp": 2, "add": 2}
    keeps = "input and more"
