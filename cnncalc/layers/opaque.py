"""A layer whose facts are stated, not derived: what the vocabulary cannot say."""

from __future__ import annotations

from typing import Annotated, final

from pydantic import Field

from cnncalc.diagnostics import ShapeError
from cnncalc.layers.arguments import Count, Real, axes_of, helper, spatial_rank
from cnncalc.layers.base import Arg, Cost, Layer, Param, Reach, Run, Saved, Shape, TorchCall, Window, shown
from cnncalc.layers.windowed import Counts

Number = Annotated[int, Field(ge=0)]
"""A whole number of at least 0."""

Dotted = Annotated[str, Field(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+$")]
"""The name of a class behind its module, as Python writes it."""


@final
class Opaque(Layer):
    """Some operation of which the size is given: ``opaque 64x28x28 parameters=1_728 macs=1_354_752 source=package.module.Class``.

    ``parameters``, ``macs`` and ``kept`` (numbers that autograd keeps per sample beside what enters and comes out) are taken
    as they are stated; what is not stated is unknown, and sums are at least so much. Operations beside MACs are not counted. The
    receptive field is that of a window, ``kernel_size`` with ``stride`` and ``padding``, if it is stated.
    The source that is written imports ``source`` and calls it with ``arguments``; without it a stub stands there.
    """

    op = "opaque"
    positional = ("size",)
    EXAMPLES = ()

    size: Count | tuple[Count, ...]
    parameters: Number | None = None
    macs: Number | None = None
    kept: Number | None = None
    kernel_size: Counts | None = None
    stride: Counts = 1
    padding: Number | tuple[Number, ...] = 0
    source: Dotted | None = None
    arguments: Real | tuple[Real, ...] = ()

    @property
    def unknown(self) -> tuple[str, ...]:
        """What is not stated."""
        stated = {"params": self.parameters, "cost": self.macs, "saved": self.kept}
        return tuple(name for name, value in stated.items() if value is None)

    @property
    def stated(self) -> bool:
        """Whether anything is."""
        return len(self.unknown) < 3  # noqa: PLR2004 (parameters, MACs, what is kept)

    def infer(self, *inputs: Shape) -> Shape:
        """The size given."""
        del inputs
        return self.size if isinstance(self.size, tuple) else (self.size,)

    def params(self, *inputs: Shape) -> tuple[Param, ...]:
        """As many as are stated, whatever they are called."""
        del inputs
        return (Param("stated", (self.parameters,)),) if self.parameters else ()

    def cost(self, *inputs: Shape) -> Cost:
        """The MACs that are stated."""
        del inputs
        return {"mac": self.macs} if self.macs else {}

    def reach(self, *inputs: Shape) -> Reach:
        """The window that is stated.

        Raises:
            ShapeError: none is, or it does not belong to such a map.
        """
        out = self.infer(*inputs)
        if self.kernel_size is None or len(out) != len(inputs[0]):
            raise ShapeError(f"opaque: the window between {shown(inputs[0])} and {shown(out)} is not stated")
        rank = spatial_rank(inputs[0], self.op)
        fields = zip(*(axes_of(getattr(self, f), rank, f) for f in ("kernel_size", "stride", "padding")), strict=True)
        return Reach(tuple(Window(k, s, p, p) for k, s, p in fields))

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """What is stated."""
        del inputs
        return Saved(extra=(self.kept or 0) * run.batch * run.itemsize)

    def is_composite(self, *inputs: Shape) -> bool:
        """Nobody knows."""
        del inputs
        return True

    def torch(self, *inputs: Shape) -> TorchCall:
        """The class that is named, or a stub."""
        given = self.arguments if isinstance(self.arguments, tuple) else (self.arguments,)
        if self.source is not None:
            return TorchCall("module", self.source, tuple(Arg(value) for value in given))
        return helper("Opaque", Arg(self.infer(*inputs)))
