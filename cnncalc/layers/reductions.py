"""Sums, means and other numbers over axes, which are counted without the batch.

All axes but the first unless said otherwise; they disappear, or stay with size 1 with ``keepdim``. E numbers go in, U come
out. What autograd keeps: torch's derivatives.yaml.
"""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import Any, ClassVar, final

from cnncalc.layers.arguments import Positive, axis, expression, literal
from cnncalc.layers.base import (
    GLOBAL,
    Cost,
    Example,
    Layer,
    Reach,
    Run,
    Same,
    Saved,
    Shape,
    TorchCall,
    Whole,
    channels_mixed,
)


class Reduction(Layer):
    """One number for many."""

    positional: ClassVar[tuple[str, ...]] = ("dim",)
    words: ClassVar[dict[str, dict[str, Any]]] = {"keepdim": {"keepdim": True}}
    call: ClassVar[str] = ""
    """The method of a tensor."""
    keeps: ClassVar[str] = ""
    """What autograd keeps: nothing, ``input`` or ``both``: the input and the output."""

    dim: int | tuple[int, ...] | None = None
    keepdim: bool = False

    def axes(self, shape: Shape) -> tuple[int, ...]:
        """The axes that disappear.

        Raises:
            ShapeError: there is no such axis.
        """
        if self.dim is None:
            return tuple(range(1, len(shape))) or (0,)
        dims = (self.dim,) if isinstance(self.dim, int) else self.dim
        return tuple(sorted({axis(d, shape) for d in dims}))

    def stays(self, shape: Shape) -> bool:
        """Whether the axes stay with size 1: a value of one number keeps an axis."""
        return self.keepdim or len(self.axes(shape)) == len(shape)

    def infer(self, *inputs: Shape) -> Shape:
        """The other axes; a value of one number keeps an axis of size 1.

        Raises:
            ShapeError: there is no such axis.
        """
        gone = self.axes(inputs[0])
        if self.stays(inputs[0]):
            return tuple(1 if a in gone else size for a, size in enumerate(inputs[0]))
        return tuple(size for a, size in enumerate(inputs[0]) if a not in gone)

    def reach(self, *inputs: Shape) -> Reach:
        """The whole of the axes; everything, once an axis disappears."""
        gone = self.axes(inputs[0])
        if gone == (0,):
            return channels_mixed(inputs[0]) if self.keepdim else GLOBAL
        if not self.keepdim:
            return GLOBAL
        return Reach(
            tuple(Whole() if a in gone else Same() for a in range(1, len(inputs[0]))),
            first=None if 0 in gone else Same(),
        )

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """Nothing, the input, or the input and the output."""
        return Saved((0,) if self.keeps else (), output=self.keeps == "both")

    def arguments(self, shape: Shape) -> str:
        """The axes, whose numbers count the batch in torch, and whether they stay."""
        dims = [a + 1 for a in self.axes(shape)]
        keep = ", keepdim=True" if self.stays(shape) else ""
        return f"{dims[0] if len(dims) == 1 else tuple(dims)}{keep}"

    def torch(self, *inputs: Shape) -> TorchCall:
        """``x.sum(dims)``."""
        return expression(f"{{0}}.{self.call}({self.arguments(inputs[0])})")

    def sizes(self, *inputs: Shape) -> tuple[int, int]:
        """How many numbers go in, and come out."""
        return prod(inputs[0]), prod(self.infer(*inputs))


def examples(name: str) -> tuple[Example, ...]:
    """A map, a sequence, a volume."""
    return (
        Example({}, ((8, 5, 7),), name),
        Example({"dim": 0}, ((6, 9),), f"{name} 0"),
        Example({"dim": (1, -1), "keepdim": True}, ((4, 3, 4, 5),), f"{name} (1,-1) keepdim"),
        Example({"dim": -1}, ((5, 4),), f"{name} -1"),
    )


@final
class Sum(Reduction):
    """Sum over axes: E - U additions. Keeps nothing."""

    op = "sum"
    call = "sum"
    EXAMPLES = examples("sum")

    def cost(self, *inputs: Shape) -> Cost:
        """E - U additions."""
        entering, out = self.sizes(*inputs)
        return {"add": entering - out}


@final
class Mean(Reduction):
    """Mean over axes: for every output of n numbers n - 1 additions and a division. Keeps nothing."""

    op = "mean"
    call = "mean"
    EXAMPLES = examples("mean")

    def cost(self, *inputs: Shape) -> Cost:
        """E - U additions and U divisions."""
        entering, out = self.sizes(*inputs)
        return {"add": entering - out, "div": out}


class _Spread(Reduction):
    """Variance or standard deviation; ``correction`` is what is taken off the number of values; where nothing is left of it, the result is no number."""

    correction: int = 1

    def cost(self, *inputs: Shape) -> Cost:
        """The mean, taken off, squared, summed, divided: 3E - 2U additions, E multiplications, 2U divisions."""
        entering, out = self.sizes(*inputs)
        return {"add": 3 * entering - 2 * out, "mul": entering, "div": 2 * out}

    def torch(self, *inputs: Shape) -> TorchCall:
        """``x.var(dims, correction=1)``, whose default it is."""
        correction = "" if self.correction == 1 else f", correction={self.correction}"
        return expression(f"{{0}}.{self.call}({self.arguments(inputs[0])}{correction})")


@final
class Var(_Spread):
    """Variance over axes: mean, squares and their mean: 4E operations and a few per output. Keeps the input."""

    op = "var"
    call = "var"
    keeps = "input"
    EXAMPLES = (*examples("var"), Example({"correction": 0}, ((6, 9),), "var correction=0"))


@final
class Std(_Spread):
    """Standard deviation over axes: the variance and a root per output. Keeps the input and the output."""

    op = "std"
    call = "std"
    keeps = "both"
    EXAMPLES = examples("std")

    def cost(self, *inputs: Shape) -> Cost:
        """As the variance, and a root."""
        return {**super().cost(*inputs), "exp": self.sizes(*inputs)[1]}


class _Extreme(Reduction):
    """The largest or smallest."""

    keeps = "both"

    def cost(self, *inputs: Shape) -> Cost:
        """E - U comparisons."""
        entering, out = self.sizes(*inputs)
        return {"cmp": entering - out}


@final
class Amax(_Extreme):
    """The largest number over axes: E - U comparisons. Keeps the input and the output."""

    op = "amax"
    call = "amax"
    EXAMPLES = examples("amax")


@final
class Amin(_Extreme):
    """The smallest number over axes: E - U comparisons. Keeps the input and the output."""

    op = "amin"
    call = "amin"
    EXAMPLES = examples("amin")


@final
class LogSumExp(Reduction):
    """``log(sum(exp(x)))`` over axes, with the largest taken off first. Keeps the input and the output."""

    op = "logsumexp"
    call = "logsumexp"
    keeps = "both"
    EXAMPLES = examples("logsumexp")

    def cost(self, *inputs: Shape) -> Cost:
        """E - U comparisons, E subtractions and exponentials, E - U additions, a logarithm and an addition per output."""
        entering, out = self.sizes(*inputs)
        return {"cmp": entering - out, "add": 2 * entering, "exp": entering + out}


@final
class Norm(Reduction):
    """``sum(|x|^p)^(1/p)`` over axes, p = 2 unless said otherwise. Keeps the input and the output.

    p = 2: a multiplication per number and a root per output; p = 1: a comparison per number; else a power of the absolute
    value per number and one per output. And E - U additions. Source: ``torch.linalg.vector_norm``.
    """

    op = "vectornorm"
    positional = ("p", "dim")
    keeps = "both"
    EXAMPLES = (
        Example({}, ((8, 5, 7),), "vectornorm"),
        Example({"p": 1, "dim": 0}, ((6, 9),), "vectornorm 1 0"),
        Example({"p": 3, "dim": (1, -1), "keepdim": True}, ((4, 3, 4, 5),), "vectornorm 3 (1,-1) keepdim"),
    )

    p: Positive = 2

    def cost(self, *inputs: Shape) -> Cost:
        """By p."""
        entering, out = self.sizes(*inputs)
        if self.p == 2:  # noqa: PLR2004 (the usual norm)
            return {"mul": entering, "add": entering - out, "exp": out}
        if self.p == 1:
            return {"cmp": entering, "add": entering - out}
        return {"cmp": entering, "exp": entering + out, "add": entering - out}

    def torch(self, *inputs: Shape) -> TorchCall:
        """``torch.linalg.vector_norm(x, p, dims)``."""
        return expression(f"torch.linalg.vector_norm({{0}}, {literal(Fraction(self.p))}, {self.arguments(inputs[0])})")


@final
class ArgMax(Reduction):
    """The place of the largest number on an axis, the first unless said otherwise: E - U comparisons. Whole numbers, no gradient."""

    op = "argmax"
    itemsize = 8
    has_gradient = False
    EXAMPLES = (
        Example({}, ((8, 5, 7),), "argmax"),
        Example({"dim": -1, "keepdim": True}, ((6, 9),), "argmax -1 keepdim"),
    )

    dim: int = 0

    def cost(self, *inputs: Shape) -> Cost:
        """E - U comparisons."""
        entering, out = self.sizes(*inputs)
        return {"cmp": entering - out}

    def torch(self, *inputs: Shape) -> TorchCall:
        """``x.argmax(dim)``."""
        return expression(f"{{0}}.argmax({self.arguments(inputs[0])})")
