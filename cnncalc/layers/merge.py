"""Operations where several paths meet: element by element or side by side.

Element-wise operations stretch axes of size 1 as torch does, so that ``mul`` gates a map with one number per channel.
"""

from __future__ import annotations

from typing import final

from cnncalc.diagnostics import ShapeError
from cnncalc.layers.arguments import axis, expression
from cnncalc.layers.base import (
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
from cnncalc.layers.broadcast import Elementwise, listed


@final
class Add(Elementwise):
    """Sum of the operands: one addition per element for every operand after the first.

    Saves nothing. Source: residual connection, He et al., Deep Residual Learning (2015).
    """

    op = "add"
    kind = "add"
    EXAMPLES = (
        Example({}, ((8, 5, 7), (8, 5, 7)), "add(id, id)"),
        Example({}, ((6, 9), (6, 9), (6, 9)), "add(id, id, id)"),
        Example({}, ((4, 3, 4, 5), (4, 1, 1, 1)), "add(id, gap)"),
    )

    def torch(self, *inputs: Shape) -> TorchCall:
        """``{0} + {1}``."""
        return expression(" + ".join(f"{{{i}}}" for i in range(len(inputs))))


@final
class Mul(Elementwise):
    """Product of the operands: one multiplication per element for every operand after the first.

    Every factor is kept for the gradient of the others; from three operands on the partial products too.
    Source: as a gate, Hu et al., Squeeze-and-Excitation Networks (2017).
    """

    op = "mul"
    kind = "mul"
    EXAMPLES = (
        Example({}, ((8, 5, 7), (8, 1, 1)), "mul(id, gap | sigmoid)"),
        Example({}, ((6, 9), (6, 9), (6, 1)), "mul(id, id, id)"),
        Example({}, ((4, 3, 4, 5), (1, 3, 4, 5)), "mul(id, id)"),
        Example({}, ((4, 1, 4), (4, 3, 1), (4, 3, 4), (1, 1, 4)), "mul(id, id, id, id)"),
    )

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """Of every product ``a * b``: b if a needs a gradient, and a if b does; partial products are new bytes."""
        whole: set[int] = set()
        extra, needed, partial = 0, False, self.partial(run, inputs)
        for step in range(1, len(inputs)):
            needed = needed or run.needs[step - 1]
            if needed:
                whole.add(step)
            if run.needs[step] and step == 1:
                whole.add(0)
            elif run.needs[step]:
                extra += partial[step - 1]
        return Saved(tuple(sorted(whole)), extra=extra)

    def torch(self, *inputs: Shape) -> TorchCall:
        """``{0} * {1}``."""
        return expression(" * ".join(f"{{{i}}}" for i in range(len(inputs))))


@final
class Sub(Elementwise):
    """First operand minus the second: one subtraction per element. Saves nothing."""

    op = "sub"
    kind = "add"
    operands = 2
    EXAMPLES = (
        Example({}, ((8, 5, 7), (8, 5, 7)), "sub(id, id)"),
        Example({}, ((6, 9), (6, 1)), "sub(id, id)"),
    )

    def torch(self, *inputs: Shape) -> TorchCall:
        """``{0} - {1}``."""
        del inputs
        return expression("{0} - {1}")


@final
class Concat(Layer):
    """Concatenation along one axis, channels unless said otherwise; data movement only, no operations.

    ``dim`` counts without the batch. Source: Szegedy et al., Going Deeper with Convolutions (2014).
    """

    op = "concat"
    arity = None
    EXAMPLES = (
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
            message = f"concat: sizes differ: {listed(inputs)}"
            along = "channels" if dim == 0 else f"axis {dim}"
            raise ShapeError(
                message, hint=f"only the {along} may differ; crop, pad or resize one of the paths", assume=out
            )
        return out

    def reach(self, *inputs: Shape) -> Reach:
        """Point-wise; along a spatial axis the parts are shifted, which counts as the whole axis."""
        dim = axis(self.dim, inputs[0])
        if dim == 0:
            return channels_mixed(inputs[0])
        return Reach(tuple(Whole() if a == dim else Same() for a in range(1, len(inputs[0]))), first=Same())

    def torch(self, *inputs: Shape) -> TorchCall:
        """``torch.cat``; its dim counts the batch."""
        return expression(f"torch.cat([{{inputs}}], dim={axis(self.dim, inputs[0]) + 1})")
