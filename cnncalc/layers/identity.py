"""A layer that does nothing."""

from __future__ import annotations

from typing import final

from cnncalc.layers.arguments import module
from cnncalc.layers.base import Example, Layer, Shape, TorchCall


@final
class Identity(Layer):
    """Passes its input through: no operations, no bytes."""

    op = "identity"
    EXAMPLES = (Example({}, ((8, 5, 7),), "identity"), Example({}, ((10,),), "identity"))

    def infer(self, *inputs: Shape) -> Shape:
        """The shape of the input."""
        return inputs[0]

    def is_view(self, *inputs: Shape) -> bool:
        """It is its input."""
        del inputs
        return True

    def torch(self, *inputs: Shape) -> TorchCall:
        """``nn.Identity``."""
        del inputs
        return module("Identity")
