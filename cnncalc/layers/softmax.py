"""Activations along an axis: softmax, log-softmax and the gated linear unit. Axes are counted without the batch."""

from __future__ import annotations

from math import prod
from typing import ClassVar, final

from cnncalc.diagnostics import ShapeError
from cnncalc.layers.arguments import axis, module
from cnncalc.layers.base import (
    NOTHING,
    Arg,
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
    shown,
)


class _AlongAxis(Layer):
    """A layer in which every output reads one whole axis; channels unless ``dim`` says otherwise."""

    positional = ("dim",)
    target: ClassVar[str]
    EXAMPLES: ClassVar[tuple[Example, ...]] = (
        Example({}, ((10,),)),
        Example({}, ((8, 5, 7),)),
        Example({"dim": -1}, ((6, 9),)),
        Example({"dim": 1}, ((4, 3, 4, 5),)),
    )

    dim: int = 0

    def infer(self, *inputs: Shape) -> Shape:
        """The shape of the input.

        Raises:
            ShapeError: there is no such axis.
        """
        axis(self.dim, inputs[0])
        return inputs[0]

    def reach(self, *inputs: Shape) -> Reach:
        """Point-wise along channels, else the whole of that axis."""
        dim = axis(self.dim, inputs[0])
        axes = tuple(Whole() if a == dim else Same() for a in range(1, len(inputs[0])))
        return Reach(axes, first=Same()) if dim else channels_mixed(inputs[0])

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """The output."""
        del inputs
        return Saved(output=True) if run.needs[0] else NOTHING

    def torch(self, *inputs: Shape) -> TorchCall:
        """The class of torch.nn, whose dim counts the batch."""
        return module(self.target, Arg(axis(self.dim, inputs[0]) + 1, None, "dim"))


@final
class Softmax(_AlongAxis):
    """``exp(x - max) / sum(exp(x - max))`` along an axis of n numbers.

    For each of the rows: n - 1 comparisons, n subtractions, n exponentials, n - 1 additions, n divisions.
    """

    op = "softmax"
    target = "Softmax"

    def cost(self, *inputs: Shape) -> Cost:
        """Stable form: maximum, differences, exponentials, sum, quotients."""
        size = prod(inputs[0])
        rows = size // inputs[0][axis(self.dim, inputs[0])]
        return {"cmp": size - rows, "add": 2 * size - rows, "exp": size, "div": size}


@final
class LogSoftmax(_AlongAxis):
    """``x - max - log(sum(exp(x - max)))`` along an axis of n numbers.

    For each of the rows: n - 1 comparisons, 2n subtractions, n exponentials, n - 1 additions and a logarithm.
    """

    op = "logsoftmax"
    target = "LogSoftmax"

    def cost(self, *inputs: Shape) -> Cost:
        """Stable form: maximum, differences, exponentials, sum, logarithm, differences."""
        size = prod(inputs[0])
        rows = size // inputs[0][axis(self.dim, inputs[0])]
        return {"cmp": size - rows, "add": 3 * size - rows, "exp": size + rows}


@final
class GLU(_AlongAxis):
    """``a * sigmoid(b)``, where a and b are the halves of the input along an axis.

    Per element of the output a sigmoid (4) and a multiplication. Source: Dauphin et al. (2016).
    """

    op = "glu"
    target = "GLU"
    EXAMPLES = (
        Example({}, ((8, 5, 7),), "glu"),
        Example({"dim": -1}, ((6, 10),), "glu -1"),
        Example({"dim": 1}, ((4, 6, 3, 5),), "glu 1"),
    )

    def infer(self, *inputs: Shape) -> Shape:
        """Half as many along the axis.

        Raises:
            ShapeError: the axis cannot be halved.
        """
        shape = inputs[0]
        dim = axis(self.dim, shape)
        half = (*shape[:dim], shape[dim] // 2, *shape[dim + 1 :])
        if shape[dim] % 2:
            message = f"glu halves axis {dim}, but the input {shown(shape)} has {shape[dim]} there, which is odd"
            raise ShapeError(message, argument="dim", hint="make the layer before it one wider", assume=half)
        return half

    def cost(self, *inputs: Shape) -> Cost:
        """5 operations per element of the output."""
        size = prod(inputs[0]) // 2
        return {"mul": 2 * size, "exp": size, "add": size, "div": size}

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """The input."""
        del inputs
        return Saved((0,)) if run.needs[0] else NOTHING
