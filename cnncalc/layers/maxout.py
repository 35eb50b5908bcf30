"""Maxout: the largest of several channels."""

from __future__ import annotations

from math import prod
from typing import final

from cnncalc.diagnostics import ShapeError
from cnncalc.layers.arguments import Count, helper
from cnncalc.layers.base import Arg, Cost, Example, Layer, Reach, Run, Saved, Shape, TorchCall, channels_mixed


@final
class Maxout(Layer):
    """Cross-channel pooling: channels are taken ``pieces`` at a time and the largest goes on; C becomes C / pieces.

    pieces - 1 comparisons per output. Source: Goodfellow et al., Maxout Networks (2013).
    """

    op = "maxout"
    positional = ("pieces",)
    EXAMPLES = (
        Example({"pieces": 2}, ((8, 5, 7),), "maxout 2"),
        Example({"pieces": 3}, ((12,),), "maxout 3"),
        Example({"pieces": 4}, ((8, 9),), "maxout 4"),
    )

    pieces: Count = 2

    def infer(self, *inputs: Shape) -> Shape:
        """(C / pieces, *sizes).

        Raises:
            ShapeError: the channels cannot be divided.
        """
        channels, *sizes = inputs[0]
        if channels % self.pieces:
            message = f"{channels} channels cannot be taken {self.pieces} at a time"
            raise ShapeError(message, argument="pieces", assume=(max(1, channels // self.pieces), *sizes))
        return (channels // self.pieces, *sizes)

    def reach(self, *inputs: Shape) -> Reach:
        """All channels of a position."""
        return channels_mixed(inputs[0])

    def cost(self, *inputs: Shape) -> Cost:
        """Comparisons."""
        return {"cmp": prod(inputs[0]) - prod(self.infer(*inputs))}

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """The indices of the largest, 8 bytes each."""
        return Saved(extra=8 * run.batch * prod(self.infer(*inputs)))

    def torch(self, *inputs: Shape) -> TorchCall:
        """A small class."""
        del inputs
        return helper("Maxout", Arg(self.pieces, "pieces"))
