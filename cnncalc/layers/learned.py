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
    at ``init``, or is drawn around it with the standard deviation ``std``. It exists once per network: arithmetic
    stretches it over the samples. ``scalar`` is a single number; with ``leading`` the parameter is stored with one more
    axis of size 1 in front, as many modules store what they add to a batch. No operations.
    """

    op = "learned"
    positional = ("dims",)
    words = {"scalar": {"dims": ()}, "leading": {"leading": True}}
    arity = 0
    EXAMPLES = (
        Example({"dims": (8, 1, 1), "init": Fraction(1, 1_000_000)}, (), "learned 8x1x1 init=0.000001"),
        Example({"dims": (10, 16), "std": Fraction(1, 50)}, (), "learned 10x16 std=0.02"),
        Example({"dims": 6}, (), "learned 6"),
        Example({"dims": (1, 16), "leading": True}, (), "learned 1x16 leading"),
        Example({"dims": (), "init": 1}, (), "learned scalar init=1"),
    )

    dims: Count | tuple[Count, ...]
    init: Real = 0
    std: Annotated[Real, Field(ge=0)] = 0
    leading: bool = False

    def _shape(self) -> Shape:
        return (self.dims,) if isinstance(self.dims, int) else self.dims

    def infer(self, *inputs: Shape) -> Shape:
        """The shape of the value, which is the same for every sample."""
        del inputs
        return self._shape()

    def params(self, *inputs: Shape) -> tuple[Param, ...]:
        """The parameter, whose name is the module's."""
        del inputs
        return (Param("", self._stored()),)

    def _stored(self) -> Shape:
        return (1, *self._shape()) if self.leading else self._shape()

    def is_view(self, *inputs: Shape) -> bool:
        """It shares the storage of its parameter, not of an input."""
        del inputs
        return False

    def torch(self, *inputs: Shape) -> TorchCall:
        """A function that returns an ``nn.Parameter``: no module, so nothing is called to run it."""
        del inputs
        return helper("learned", *(Arg(d) for d in self._stored()), *keywords(self, "init", "std"))
