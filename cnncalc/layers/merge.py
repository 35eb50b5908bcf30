"""Operations where several paths meet: element by element, side by side, or as a matrix product.

Element-wise operations stretch axes of size 1 as torch does, so that ``mul`` gates a map with one number per channel.
"""

from __future__ import annotations

from math import prod
from typing import ClassVar, final

from cnncalc.diagnostics import ShapeError
from cnncalc.layers.arguments import axis, expression
from cnncalc.layers.base import (
    GLOBAL,
    POINTWISE,
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
    shown,
)


def _listed(inputs: tuple[Shape, ...]) -> str:
    return ", ".join(map(shown, inputs))


def stretched(op: str, inputs: tuple[Shape, ...]) -> Shape:
    """The common shape of element-wise operands: sizes agree, or are 1.

    Raises:
        ShapeError: they do not.
    """
    largest = max(inputs, key=prod)
    if len({len(shape) for shape in inputs}) > 1:
        message = f"{op}: numbers of axes differ: {_listed(inputs)}"
        raise ShapeError(
            message, hint=f"{op} works axis by axis: bring all paths to the same number of axes", assume=largest
        )
    sizes = tuple({*axis_sizes} - {1} or {1} for axis_sizes in zip(*inputs, strict=True))
    if any(len(size) > 1 for size in sizes):
        message = f"{op}: sizes differ: {_listed(inputs)}"
        raise ShapeError(message, hint=f"{op} needs equal sizes (an axis of size 1 is stretched)", assume=largest)
    return tuple(size.pop() for size in sizes)


class _Elementwise(Layer):
    """An operation on numbers at the same place; n operands take n - 1 operations per element of the output."""

    arity: ClassVar[int | None] = None
    kind: ClassVar[str]

    def infer(self, *inputs: Shape) -> Shape:
        """The common shape of the operands.

        Raises:
            ShapeError: the sizes differ and are not 1.
        """
        return stretched(self.op, inputs)

    def cost(self, *inputs: Shape) -> Cost:
        """One operation per element for every operand after the first."""
        steps = range(2, len(inputs) + 1)
        return {self.kind: sum(prod(stretched(self.op, inputs[:n])) for n in steps)}


@final
class Add(_Elementwise):
    """Sum of the operands: one addition per element for every operand after the first.

    Saves nothing. Source: residual connection, He et al., Deep Residual Learning (2015).
    """

    op: ClassVar[str] = "add"
    kind: ClassVar[str] = "add"
    EXAMPLES: ClassVar[tuple[Example, ...]] = (
        Example({}, ((8, 5, 7), (8, 5, 7)), "add(id, id)"),
        Example({}, ((6, 9), (6, 9), (6, 9)), "add(id, id, id)"),
        Example({}, ((4, 3, 4, 5), (4, 1, 1, 1)), "add(id, gap)"),
    )

    def torch(self, *inputs: Shape) -> TorchCall:
        """``{0} + {1}``."""
        return expression(" + ".join(f"{{{i}}}" for i in range(len(inputs))))


@final
class Mul(_Elementwise):
    """Product of the operands: one multiplication per element for every operand after the first.

    Every factor is kept for the gradient of the others; from three operands on the partial products too.
    Source: as a gate, Hu et al., Squeeze-and-Excitation Networks (2017).
    """

    op: ClassVar[str] = "mul"
    kind: ClassVar[str] = "mul"
    EXAMPLES: ClassVar[tuple[Example, ...]] = (
        Example({}, ((8, 5, 7), (8, 1, 1)), "mul(id, gap | sigmoid)"),
        Example({}, ((6, 9), (6, 9), (6, 1)), "mul(id, id, id)"),
        Example({}, ((4, 3, 4, 5), (1, 3, 4, 5)), "mul(id, id)"),
        Example({}, ((4, 1, 4), (4, 3, 1), (4, 3, 4), (1, 1, 4)), "mul(id, id, id, id)"),
    )

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """Of every product ``a * b``: b if a needs a gradient, and a if b does; partial products are new bytes."""
        whole: set[int] = set()
        extra = 0
        for step in range(1, len(inputs)):
            if any(run.needs[:step]):
                whole.add(step)
            if run.needs[step] and step == 1:
                whole.add(0)
            elif run.needs[step]:
                extra += prod(stretched(self.op, inputs[:step]))
        return Saved(tuple(sorted(whole)), extra=extra * run.batch * run.itemsize)

    def torch(self, *inputs: Shape) -> TorchCall:
        """``{0} * {1}``."""
        return expression(" * ".join(f"{{{i}}}" for i in range(len(inputs))))


@final
class Sub(_Elementwise):
    """First operand minus the second: one subtraction per element. Saves nothing."""

    op: ClassVar[str] = "sub"
    kind: ClassVar[str] = "add"
    EXAMPLES: ClassVar[tuple[Example, ...]] = (
        Example({}, ((8, 5, 7), (8, 5, 7)), "sub(id, id)"),
        Example({}, ((6, 9), (6, 1)), "sub(id, id)"),
    )

    def infer(self, *inputs: Shape) -> Shape:
        """The common shape of the operands.

        Raises:
            ShapeError: there are not two, or the sizes differ and are not 1.
        """
        if len(inputs) != 2:  # noqa: PLR2004 (a difference has two operands)
            message = f"sub needs 2 inputs; found {len(inputs)}"
            raise ShapeError(message, hint="nest them: sub(sub(a, b), c)", assume=inputs[0])
        return super().infer(*inputs)

    def torch(self, *inputs: Shape) -> TorchCall:
        """``{0} - {1}``."""
        del inputs
        return expression("{0} - {1}")


class _Extremum(_Elementwise):
    """The largest or smallest operand; both operands of every comparison are kept."""

    kind: ClassVar[str] = "cmp"
    function: ClassVar[str]
    EXAMPLES: ClassVar[tuple[Example, ...]] = (
        Example({}, ((8, 5, 7), (8, 5, 7))),
        Example({}, ((6, 9), (6, 1), (6, 9), (1, 9))),
        Example({}, ((4, 3, 4, 5), (4, 1, 1, 1))),
    )

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """Both operands of every comparison whose result needs a gradient; partial results are new bytes."""
        steps = [step for step in range(1, len(inputs)) if any(run.needs[: step + 1])]
        partial = sum(prod(stretched(self.op, inputs[:step])) for step in steps if step > 1)
        first = (0,) if 1 in steps else ()
        return Saved((*first, *steps), extra=partial * run.batch * run.itemsize)

    def torch(self, *inputs: Shape) -> TorchCall:
        """``torch.maximum`` or ``torch.minimum``, nested for more than two."""
        text = "{0}"
        for i in range(1, len(inputs)):
            text = f"torch.{self.function}({text}, {{{i}}})"
        return expression(text)


@final
class Maximum(_Extremum):
    """Largest operand: one comparison per element for every operand after the first.

    Source: as maxout, Goodfellow et al., Maxout Networks (2013).
    """

    op: ClassVar[str] = "maximum"
    aliases: ClassVar[tuple[str, ...]] = ("max",)
    function: ClassVar[str] = "maximum"


@final
class Minimum(_Extremum):
    """Smallest operand: one comparison per element for every operand after the first."""

    op: ClassVar[str] = "minimum"
    aliases: ClassVar[tuple[str, ...]] = ("min",)
    function: ClassVar[str] = "minimum"


@final
class Concat(Layer):
    """Concatenation along one axis, channels unless said otherwise; data movement only, no operations.

    ``dim`` counts without the batch. Source: Szegedy et al., Going Deeper with Convolutions (2014).
    """

    op: ClassVar[str] = "concat"
    arity: ClassVar[int | None] = None
    EXAMPLES: ClassVar[tuple[Example, ...]] = (
        Example({}, ((8, 5, 7), (3, 5, 7)), "concat(id, id)"),
        Example({"dim": 1}, ((6, 9), (6, 2), (6, 1)), "concat(id, id, id, dim=1)"),
        Example({"dim": -1}, ((4, 3, 4, 5), (4, 3, 4, 1)), "concat(id, id, dim=-1)"),
    )

    dim: int = 0

    def infer(self, *inputs: Shape) -> Shape:
        """Sizes add up along ``dim`` and agree on all other axes.

        Raises:
            ShapeError: they do not agree.
        """
        dim = axis(self.dim, inputs[0])
        others = {(*shape[:dim], *shape[dim + 1 :]) for shape in inputs}
        total = sum(shape[dim] for shape in inputs if dim < len(shape))
        out = (*inputs[0][:dim], total, *inputs[0][dim + 1 :])
        if len(others) > 1 or len({len(shape) for shape in inputs}) > 1:
            message = f"concat: sizes differ: {_listed(inputs)}"
            along = "channels" if dim == 0 else f"axis {dim}"
            raise ShapeError(
                message, hint=f"only the {along} may differ; crop, pad or resize one of the paths", assume=out
            )
        return out

    def reach(self, *inputs: Shape) -> Reach:
        """Point-wise; along a spatial axis the parts are shifted, which counts as the whole axis."""
        dim = axis(self.dim, inputs[0])
        if dim == 0:
            return POINTWISE
        return Reach(tuple(Whole() if a == dim else Same() for a in range(1, len(inputs[0]))))

    def torch(self, *inputs: Shape) -> TorchCall:
        """``torch.cat``; its dim counts the batch."""
        return expression(f"torch.cat([{{inputs}}], dim={axis(self.dim, inputs[0]) + 1})")


@final
class Matmul(Layer):
    """Matrix product over the last two axes: (..., m, k) times (..., k, n) gives (..., m, n).

    Per matrix m * n * k multiply-accumulates. Each factor is kept for the gradient of the other.
    """

    op: ClassVar[str] = "matmul"
    arity: ClassVar[int | None] = None
    EXAMPLES: ClassVar[tuple[Example, ...]] = (
        Example({}, ((5, 6), (6, 7)), "matmul(id, id)"),
        Example({}, ((3, 5, 6), (3, 6, 2)), "matmul(id, id)"),
    )

    def infer(self, *inputs: Shape) -> Shape:
        """Rows of the first, columns of the second.

        Raises:
            ShapeError: there are not two factors, they have no rows and columns, or the inner sizes differ.
        """
        if len(inputs) != 2:  # noqa: PLR2004 (a product has two factors)
            message = f"matmul needs 2 inputs; found {len(inputs)}"
            raise ShapeError(message, hint="nest them: matmul(matmul(a, b), c)", assume=inputs[0])
        left, right = inputs
        if len(left) < 2 or left[:-2] != right[:-2] or len(left) != len(right):  # noqa: PLR2004 (rows and columns)
            message = f"matmul: axes before the last two differ: {_listed(inputs)}"
            raise ShapeError(
                message, hint="both inputs need rows and columns, and the same axes before them", assume=left
            )
        if left[-1] != right[-2]:
            message = f"matmul: inner sizes differ: {left[-1]} columns, {right[-2]} rows"
            raise ShapeError(
                message, hint="put permute (1,0) on one of the paths, or change a width", assume=(*left[:-1], right[-1])
            )
        return (*left[:-1], right[-1])

    def cost(self, *inputs: Shape) -> Cost:
        """One MAC per element of the output and inner index."""
        return {"mac": prod(inputs[0]) * inputs[1][-1]}

    def reach(self, *inputs: Shape) -> Reach:
        """Rows meet columns: everything."""
        del inputs
        return GLOBAL

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """The factors whose partner needs a gradient."""
        del inputs
        return Saved(tuple(i for i in (0, 1) if run.needs[1 - i]))

    def torch(self, *inputs: Shape) -> TorchCall:
        """``{0} @ {1}``."""
        del inputs
        return expression("{0} @ {1}")
