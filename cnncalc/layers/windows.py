"""Windows of a map put side by side in the batch, and back; axes moved into the batch and out of it. No arithmetic.

The copies of one sample follow one another in the batch: windows in the order of the rows, then of the columns.
"""

from __future__ import annotations

from math import prod
from typing import final

from cnncalc.diagnostics import ShapeError
from cnncalc.layers.arguments import Count, axes_of, expression, spatial_rank
from cnncalc.layers.base import Example, Layer, Moved, Reach, Shape, TorchCall, shown
from cnncalc.layers.windowed import Counts


def per_sample(op: str, times: tuple[int, ...]) -> int:
    """How often the value that enters exists.

    Raises:
        ShapeError: once per network: it has no samples whose copies could be told apart.
    """
    if times[0]:
        return times[0]
    raise ShapeError(
        f"{op} needs a value of every sample; this one exists once per network",
        hint="move axes only where an input of the network has come in",
    )


class _Blocks(Layer):
    """Windows over the spatial axes of (C, *sizes), or with ``last`` of (*sizes, C)."""

    window_size: Counts
    last: bool = False

    def spatial(self, shape: Shape) -> range:
        """The spatial axes.

        Raises:
            ShapeError: there are none, or more than three.
        """
        rank = spatial_rank(shape, self.op)
        return range(rank) if self.last else range(1, rank + 1)

    def windows(self, shape: Shape) -> dict[int, int]:
        """The size of the window on every spatial axis."""
        axes = self.spatial(shape)
        return dict(zip(axes, axes_of(self.window_size, len(axes), "window_size"), strict=True))

    def blocks(self, shape: Shape) -> tuple[int, ...]:
        """The size of the window on every axis, 0 for channels."""
        sizes = self.windows(shape)
        return tuple(sizes.get(a, 0) for a in range(len(shape)))


@final
class Windows(_Blocks):
    """Cuts a map into windows that do not overlap, each a value of its own in the batch.

    ``windows 7`` of 96x56x56 gives 96x7x7 sixty-four times per sample.
    Of (C, *sizes), or with the word ``last`` of (*sizes, C). A copy of the numbers, no operations.
    Source: Liu et al., Swin Transformer (2021), section 3.2.
    """

    op = "windows"
    positional = ("window_size",)
    words = {"last": {"last": True}}
    EXAMPLES = (
        Example({"window_size": 3}, ((4, 6, 9),), "windows 3"),
        Example({"window_size": (2, 4), "last": True}, ((6, 8, 5),), "windows 2x4 last"),
        Example({"window_size": 5}, ((3, 20),), "windows 5"),
        Example({"window_size": 2, "last": True}, ((4, 2, 3),), ""),
    )

    def counts(self, shape: Shape) -> list[int]:
        """How many windows fit on every spatial axis.

        Raises:
            ShapeError: some rows would be left over.
        """
        for axis, size in self.windows(shape).items():
            if shape[axis] % size:
                message = f"windows of {size} leave {shape[axis] % size} rows of {shape[axis]} over: {shown(shape)}"
                hint = f"pad the far edge by {-shape[axis] % size} first, or choose a size that divides {shape[axis]}"
                assume = (shape[0], *axes_of(self.window_size, len(shape) - 1, "window_size"))
                raise ShapeError(message, argument="window_size", hint=hint, assume=assume)
        return [shape[axis] // size for axis, size in self.windows(shape).items()]

    def infer(self, *inputs: Shape) -> Shape:
        """The size of one window.

        Raises:
            ShapeError: the windows do not divide the map.
        """
        self.counts(inputs[0])
        sizes = self.windows(inputs[0])
        return tuple(sizes.get(a, n) for a, n in enumerate(inputs[0]))

    def often(self, times: tuple[int, ...], *inputs: Shape) -> int:
        """As many times as there are windows.

        Raises:
            ShapeError: the value exists once per network.
        """
        return per_sample(self.op, times) * prod(self.counts(inputs[0]))

    def reach(self, *inputs: Shape) -> Reach:
        """A window sees its own place."""
        return Reach(batch=Moved(into=True, blocks=self.blocks(inputs[0])))

    def is_view(self, *inputs: Shape) -> bool:
        """Where only the rows of whole lines are cut, or nothing at all."""
        counts = self.counts(inputs[0])
        return prod(counts[1:] if self.last else counts) == 1

    def torch(self, *inputs: Shape) -> TorchCall:
        """Every axis as (windows, size), the numbers of windows in front, joined with the batch."""
        sizes = self.windows(inputs[0])
        cut = "".join(f".unflatten({a + 1}, (-1, {size}))" for a, size in reversed(sizes.items()))
        first, rank = min(sizes) + 1, len(sizes)
        windows = [first + 2 * i for i in range(rank)]
        others = [d for d in range(1, len(inputs[0]) + rank + 1) if d not in windows]
        order = ", ".join(map(str, (0, *windows, *others)))
        return expression(f"{{0}}{cut}.permute({order}).flatten(0, {rank})")


@final
class Unwindows(_Blocks):
    """Puts windows back to a map: the inverse of ``windows``.

    ``unwindows x`` gives the size of the named value ``x``, ``unwindows 56x56`` that size. A copy, no operations.
    """

    op = "unwindows"
    positional = ("size",)
    references = ("size",)
    words = {"last": {"last": True}}
    EXAMPLES = ()

    window_size: Counts = 1
    size: str | Count | tuple[Count, ...]

    def windows(self, shape: Shape) -> dict[int, int]:
        """The windows are what enters."""
        return {axis: shape[axis] for axis in self.spatial(shape)}

    def sizes(self, *inputs: Shape) -> tuple[int, ...]:
        """The spatial sizes of the map.

        Raises:
            ShapeError: the named value is no such map, or there are not as many sizes as axes.
        """
        axes = self.spatial(inputs[0])
        if isinstance(self.size, str):
            other = inputs[1]
            if len(other) != len(inputs[0]):
                message = (
                    f"unwindows: {shown(other)} has {len(other)} axes, the windows {shown(inputs[0])} {len(inputs[0])}"
                )
                raise ShapeError(message, argument="size", hint="name the value that entered windows", assume=other)
            return tuple(other[a] for a in axes)
        return axes_of(self.size, len(axes), "size")

    def infer(self, *inputs: Shape) -> Shape:
        """The map.

        Raises:
            ShapeError: windows of this size do not fill it.
        """
        wanted = dict(zip(self.spatial(inputs[0]), self.sizes(*inputs), strict=True))
        out = tuple(wanted.get(a, n) for a, n in enumerate(inputs[0]))
        if any(n % inputs[0][a] for a, n in wanted.items()):
            message = f"unwindows: windows {shown(inputs[0])} do not fill {shown(tuple(wanted.values()))}"
            raise ShapeError(message, argument="size", hint="give the size that was cut into windows", assume=out)
        return out

    def counts(self, *inputs: Shape) -> list[int]:
        """How many windows lie along every axis."""
        return [n // inputs[0][a] for a, n in zip(self.spatial(inputs[0]), self.sizes(*inputs), strict=True)]

    def often(self, times: tuple[int, ...], *inputs: Shape) -> int:
        """The windows of one map become one.

        Raises:
            ShapeError: there are not as many.
        """
        number, found = prod(self.counts(*inputs)), per_sample(self.op, times)
        if number < 1 or found % number:
            message = f"unwindows: {found} windows per sample do not make maps of {number}"
            raise ShapeError(message, argument="size", hint="give the size that was cut into windows")
        return found // number

    def reach(self, *inputs: Shape) -> Reach:
        """Every window at its own place."""
        return Reach(batch=Moved(into=False, blocks=self.blocks(inputs[0])))

    def is_view(self, *inputs: Shape) -> bool:
        """Where whole lines are put below one another, or there is one window."""
        counts = self.counts(*inputs)
        return prod(counts[1:] if self.last else counts) == 1

    def torch(self, *inputs: Shape) -> TorchCall:
        """The numbers of windows as axes, each in front of its own, joined with it."""
        axes, rank = self.spatial(inputs[0]), len(self.spatial(inputs[0]))
        counts = [str(n) for n in self.counts(*inputs)]
        if isinstance(self.size, str):
            counts = [f"{{1}}.shape[{a + 1}] // {inputs[0][a]}" for a in axes]
        order, inner = [0], range(rank + 1, rank + 1 + len(inputs[0]))
        for place, dim in enumerate(inner):
            order += [axes.index(place) + 1, dim] if place in axes else [dim]
        joined = "".join(f".flatten({a + 1 + i}, {a + 2 + i})" for i, a in reversed(list(enumerate(axes))))
        text = ", ".join(map(str, order))
        return expression(f"{{0}}.unflatten(0, (-1, {', '.join(counts)})).permute({text}){joined}")


@final
class ToBatch(Layer):
    """Moves the first axis into the batch: of 8x64x32 eight values 64x32 per sample. A view, no operations."""

    op = "tobatch"
    EXAMPLES = (Example({}, ((4, 5, 7),), "tobatch"), Example({}, ((3, 6),), "tobatch"))

    def infer(self, *inputs: Shape) -> Shape:
        """The other axes.

        Raises:
            ShapeError: there is none left.
        """
        if len(inputs[0]) > 1:
            return inputs[0][1:]
        message = f"tobatch leaves an axis in every value; the input is {shown(inputs[0])}"
        raise ShapeError(message, hint="reshape it to two axes first", assume=inputs[0])

    def often(self, times: tuple[int, ...], *inputs: Shape) -> int:
        """As many times as the axis was long.

        Raises:
            ShapeError: the value exists once per network.
        """
        return per_sample(self.op, times) * inputs[0][0]

    def reach(self, *inputs: Shape) -> Reach:
        """Every value sees its own place on the axis."""
        return Reach(batch=Moved(into=True))

    def is_view(self, *inputs: Shape) -> bool:
        """Always, on contiguous values."""
        del inputs
        return True

    def torch(self, *inputs: Shape) -> TorchCall:
        """``x.flatten(0, 1)``."""
        del inputs
        return expression("{0}.flatten(0, 1)")


@final
class FromBatch(Layer):
    """Takes ``count`` neighbouring copies of every sample out of the batch, as a new first axis: ``tobatch`` undone.

    ``frombatch mask`` takes as many as the first axis of the named value ``mask`` is long. A view, no operations.
    """

    op = "frombatch"
    positional = ("count",)
    references = ("count",)
    EXAMPLES = ()

    count: Count | str

    def _count(self, *inputs: Shape) -> int:
        return inputs[1][0] if isinstance(self.count, str) else self.count

    def infer(self, *inputs: Shape) -> Shape:
        """One more axis."""
        return (self._count(*inputs), *inputs[0])

    def often(self, times: tuple[int, ...], *inputs: Shape) -> int:
        """So many times less.

        Raises:
            ShapeError: there are not as many copies.
        """
        found, count = per_sample(self.op, times), self._count(*inputs)
        if found % count:
            message = f"frombatch {count}: the value exists {found} times per sample"
            fitting = ", ".join(str(n) for n in range(1, min(found, 4096) + 1) if found % n == 0)
            raise ShapeError(message, argument="count", hint=f"counts that fit: {fitting}")
        return found // count

    def reach(self, *inputs: Shape) -> Reach:
        """The copies side by side."""
        return Reach(batch=Moved(into=False))

    def is_view(self, *inputs: Shape) -> bool:
        """Always."""
        del inputs
        return True

    def torch(self, *inputs: Shape) -> TorchCall:
        """``x.unflatten(0, (-1, count))``."""
        del inputs
        count = "{1}.shape[1]" if isinstance(self.count, str) else str(self.count)
        return expression(f"{{0}}.unflatten(0, (-1, {count}))")
