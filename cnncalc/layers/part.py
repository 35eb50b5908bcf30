"""Parts of a value along one axis, channels unless said otherwise. All are views and cost no operations."""

from __future__ import annotations

from typing import Annotated, final

from pydantic import Field

from cnncalc.diagnostics import ShapeError
from cnncalc.layers.arguments import Count, axis, expression
from cnncalc.layers.base import Example, Layer, Reach, Same, Shape, TorchCall, Window, shown

Index = Annotated[int, Field(ge=0)]
"""Which part, counted from 0."""


class _Part(Layer):
    """A stretch of one axis."""

    dim: int = 0

    def stretch(self, shape: Shape) -> range:
        """The positions that are taken.

        Raises:
            ShapeError: there are none.
        """
        raise NotImplementedError

    def infer(self, *inputs: Shape) -> Shape:
        """The length of the part along ``dim``.

        Raises:
            ShapeError: there is no such axis or part.
        """
        dim = axis(self.dim, inputs[0])
        return (*inputs[0][:dim], len(self.stretch(inputs[0])), *inputs[0][dim + 1 :])

    def reach(self, *inputs: Shape) -> Reach:
        """Along the axis shifted by what is before the part."""
        dim = axis(self.dim, inputs[0])
        taken = self.stretch(inputs[0])
        shift = Window(1, taken.step, -taken.start, taken[-1] + 1 - inputs[0][dim])
        first, *axes = (shift if a == dim else Same() for a in range(len(inputs[0])))
        return Reach(tuple(axes), first=first)

    def is_view(self, *inputs: Shape) -> bool:
        """Always."""
        del inputs
        return True


@final
class Slice(_Part):
    """The positions from ``start`` up to, not including, ``stop``, every ``step``-th; negative ones count from the end. A view."""

    op = "slice"
    positional = ("start", "stop", "dim")
    EXAMPLES = (
        Example({"start": 0, "stop": 4}, ((8, 5, 7),), "slice 0 4"),
        Example({"start": -3}, ((6, 9),), "slice -3"),
        Example({"start": 1, "stop": -1, "dim": 2}, ((4, 3, 4, 5),), "slice 1 -1 dim=2"),
        Example({"start": 1, "step": 2, "dim": 1}, ((4, 7, 6),), "slice 1 step=2 dim=1"),
    )

    start: int = 0
    stop: int | None = None
    step: Count = 1

    def stretch(self, shape: Shape) -> range:
        """The positions that are taken.

        Raises:
            ShapeError: there are none.
        """
        dim = axis(self.dim, shape)
        taken = range(*slice(self.start, self.stop, self.step).indices(shape[dim]))
        if not taken:
            stop = "" if self.stop is None else self.stop
            message = f"slice {self.start}:{stop} takes nothing of axis {dim} of {shown(shape)}"
            raise ShapeError(
                message, argument="start", hint=f"the axis has positions 0 to {shape[dim] - 1}", assume=shape
            )
        return taken

    def torch(self, *inputs: Shape) -> TorchCall:
        """``x[:, start:stop]``."""
        colons = ":, " * (axis(self.dim, inputs[0]) + 1)
        start = self.start or ""
        step = f":{self.step}" if self.step > 1 else ""
        return expression(f"{{0}}[{colons}{start}:{'' if self.stop is None else self.stop}{step}]")


@final
class Chunk(_Part):
    """Part number ``index`` (from 0) of ``chunks`` equal parts; the last part may be smaller. A view.

    Source: ``torch.chunk``: every part but the last has ``ceil(size / chunks)`` positions.
    """

    op = "chunk"
    positional = ("chunks", "index", "dim")
    EXAMPLES = (
        Example({"chunks": 2, "index": 0}, ((8, 5, 7),), "chunk 2 0"),
        Example({"chunks": 2, "index": 1}, ((7, 9),), "chunk 2 1"),
        Example({"chunks": 3, "index": 2, "dim": -1}, ((4, 3, 4, 5),), "chunk 3 2 dim=-1"),
    )

    chunks: Count
    index: Index

    def stretch(self, shape: Shape) -> range:
        """The positions that are taken.

        Raises:
            ShapeError: there are not as many parts.
        """
        size = shape[axis(self.dim, shape)]
        each = -(-size // self.chunks)
        parts = -(-size // each)
        if self.index >= parts:
            message = f"chunk {self.index} does not exist: {size} positions in {self.chunks} chunks make {parts}"
            raise ShapeError(message, argument="index", hint=f"use 0 to {parts - 1}", assume=shape)
        return range(size)[self.index * each : (self.index + 1) * each]

    def torch(self, *inputs: Shape) -> TorchCall:
        """``x.chunk(n, dim)[i]``."""
        return expression(f"{{0}}.chunk({self.chunks}, dim={axis(self.dim, inputs[0]) + 1})[{self.index}]")


@final
class Split(_Part):
    """Part number ``index`` (from 0) of parts of the given size or sizes. A view. Source: ``torch.split``."""

    op = "split"
    positional = ("split_size", "index", "dim")
    EXAMPLES = (
        Example({"split_size": 3, "index": 2}, ((8, 5, 7),), "split 3 2"),
        Example({"split_size": (2, 4), "index": 1}, ((6, 9),), "split 2x4 1"),
        Example({"split_size": 2, "index": 1, "dim": -1}, ((4, 3, 4, 5),), "split 2 1 dim=-1"),
    )

    split_size: Count | tuple[Count, ...]
    index: Index

    def stretch(self, shape: Shape) -> range:
        """The positions that are taken.

        Raises:
            ShapeError: the sizes do not add up, or there are not as many parts.
        """
        size, sizes = shape[axis(self.dim, shape)], self.split_size
        if isinstance(sizes, tuple) and sum(sizes) != size:
            message = f"split sizes add up to {sum(sizes)}, but there are {size}"
            raise ShapeError(message, argument="split_size", hint="give sizes of all parts, or one size", assume=shape)
        parts = len(sizes) if isinstance(sizes, tuple) else -(-size // sizes)
        if self.index >= parts:
            message = f"part {self.index} does not exist: there are {parts}"
            raise ShapeError(message, argument="index", hint=f"use 0 to {parts - 1}", assume=shape)
        if isinstance(sizes, tuple):
            return range(size)[sum(sizes[: self.index]) : sum(sizes[: self.index + 1])]
        return range(size)[self.index * sizes : (self.index + 1) * sizes]

    def torch(self, *inputs: Shape) -> TorchCall:
        """``x.split(sizes, dim)[i]``."""
        sizes = list(self.split_size) if isinstance(self.split_size, tuple) else self.split_size
        return expression(f"{{0}}.split({sizes}, dim={axis(self.dim, inputs[0]) + 1})[{self.index}]")
