"""Rows of a table, at places that another value holds."""

from __future__ import annotations

from typing import final

from cnncalc.diagnostics import ShapeError
from cnncalc.layers.arguments import expression
from cnncalc.layers.base import Layer, Reach, Run, Same, Saved, Shape, TorchCall, Whole, shown


@final
class Select(Layer):
    """The rows of the first axis that ``index`` names, a list of whole numbers that exists once per network: ``select index``.

    A copy of the numbers, no operations; the index is kept. Source: ``torch.index_select``.
    """

    op = "select"
    positional = ("index",)
    references = ("index",)
    EXAMPLES = ()

    index: str

    def infer(self, *inputs: Shape) -> Shape:
        """As many rows as the index has numbers.

        Raises:
            ShapeError: the index is no list.
        """
        if len(inputs[1]) != 1:
            message = f"select needs a list of places; {self.index} is {shown(inputs[1])}"
            raise ShapeError(message, argument="index", hint="flatten it, and reshape the result", assume=inputs[0])
        return (*inputs[1], *inputs[0][1:])

    def often(self, times: tuple[int, ...], *inputs: Shape) -> int:
        """As often as the table does.

        Raises:
            ShapeError: the index differs between samples.
        """
        if times[1]:
            message = f"select needs places that exist once per network; {self.index} differs between samples"
            raise ShapeError(message, argument="index", hint="name a buffer, such as relativeindex 7x7")
        return times[0]

    def reach(self, *inputs: Shape) -> Reach:
        """All of the first axis."""
        return Reach((Same(),) * (len(inputs[0]) - 1), first=Whole())

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """The index."""
        del inputs
        return Saved((1,) if run.needs[0] else ())

    def torch(self, *inputs: Shape) -> TorchCall:
        """``torch.index_select`` along the axis behind the batch."""
        del inputs
        return expression("torch.index_select({0}, 1, {1}[0])")
