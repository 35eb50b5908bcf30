"""A learned constant: a value of the network that no input determines."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, final

from pydantic import Field

from cnncalc.layers.arguments import Count, Real, helper, keywords
from cnncalc.layers.base import Arg, Example, Layer, Param, Shape, TorchCall


@final
class Learned(Layer):
    """A parameter that stands for itself: a position embedding, a class token, a scale.

    ``learned 64x1x1 init=1`` has one parameter of that shape, named in the state_dict like the module itself. It starts
    at ``init``, or is drawn around it with the standard deviation ``std``. No operations.
    """

    op = "learned"
    positional = ("dims",)
    arity = 0
    EXAMPLES = (
        Example({"dims": (8, 1, 1), "init": Fraction(1, 1_000_000)}, (), "learned 8x1x1 init=0.000001"),
        Example({"dims": (10, 16), "std": Fraction(1, 50)}, (), "learned 10x16 std=0.02"),
        Example({"dims": 6}, (), "learned 6"),
    )

    dims: Count | tuple[Count, ...]
    init: Real = 0
    std: Annotated[Real, Field(ge=0)] = 0

    def _shape(self) -> Shape:
        return (self.dims,) if isinstance(self.dims, int) else self.dims

    def infer(self, *inputs: Shape) -> Shape:
        """The shape of the parameter; the same value for every sample."""
        del inputs
        return self._shape()

    def params(self, *inputs: Shape) -> tuple[Param, ...]:
        """The parameter, whose name is the module's."""
        del inputs
        return (Param("", self._shape()),)

    def is_view(self, *inputs: Shape) -> bool:
        """It shares the storage of its parameter, not of an input."""
        del inputs
        return False

    def torch(self, *inputs: Shape) -> TorchCall:
        """A function that returns an ``nn.Parameter``: no module, so nothing is called to run it.

        Its value for a batch is ``parameter.expand(batch, *dims)``.
        """
        del inputs
        dims = self._shape()
        return helper("learned", *(Arg(d) for d in dims), *keywords(self, "init", "std"))
