"""Layers that put numbers back where they came from: max-unpooling, bed of nails."""

from __future__ import annotations

from typing import Any, final

from cnncalc.diagnostics import ShapeError
from cnncalc.layers.arguments import Count, axes_of, helper, spatial_rank
from cnncalc.layers.base import Arg, Example, Layer, Reach, Run, Saved, Scatter, Shape, TorchCall, shown
from cnncalc.layers.pool import MaxPool


@final
class Unpool(Layer):
    """Max-unpooling: every number goes back to the place that the named ``maxpool`` took its maximum from, the rest is 0.

    Window, stride, padding and the size before the pool are those of the pool (``pool1 = maxpool 2 | ...``; ``unpool
    pool1``). The pool's indices are kept for the backward pass by the pool already.
    Source: ``torch.nn.MaxUnpool2d``; Badrinarayanan, Kendall and Cipolla, SegNet (2015).
    """

    op = "unpool"
    positional = ("pool",)
    references = ("pool",)
    EXAMPLES = (
        Example({"pool": "p", "kernel_size": 2, "size": (8, 6)}, ((4, 4, 3), (4, 4, 3)), "unpool pool1"),
        Example({"pool": "p", "kernel_size": 3, "stride": 2, "padding": 1, "size": (9,)}, ((2, 5), (2, 5)), ""),
        Example({"pool": "p", "kernel_size": 2, "size": (4, 5, 6)}, ((2, 2, 2, 3), (2, 2, 2, 3)), ""),
    )

    pool: str
    kernel_size: int | tuple[int, ...] = 2
    stride: int | tuple[int, ...] | None = None
    padding: Any = 0
    size: tuple[int, ...] = ()

    @classmethod
    def bind(cls, fields: dict[str, Any], pool: Layer, entering: Shape | None) -> dict[str, Any]:
        """Take the window and the size from the pool.

        Raises:
            ShapeError: what is named is no maxpool whose indices PyTorch gives.
        """
        if not isinstance(pool, MaxPool):
            raise ShapeError(
                f"'{fields['pool']}' is no maxpool but a layer of kind {pool.op}",
                hint="name the maxpool itself: pool1 = maxpool 2",
            )
        if entering is None:
            return fields
        if not pool.is_native(entering) or pool.dilation != 1:
            raise ShapeError(f"the maxpool '{fields['pool']}' has unequal padding or dilation, which cannot be undone")
        pads = tuple(begin for begin, _ in pool.geometry(entering).pads)
        return {**fields, "kernel_size": pool.kernel_size, "stride": pool.stride, "padding": pads, "size": entering[1:]}

    def infer(self, *inputs: Shape) -> Shape:
        """(channels, *sizes before the pool).

        Raises:
            ShapeError: the input has another size than the pool's output.
        """
        out = (inputs[0][0], *self.size)
        if inputs[0] != inputs[1]:
            message = (
                f"unpool needs the size that the pool gave, {shown(inputs[1])}, but the input is {shown(inputs[0])}"
            )
            raise ShapeError(
                message,
                argument="pool",
                hint="bring the channels back first, or undo the pools in reverse order",
                assume=out,
            )
        return out

    def reach(self, *inputs: Shape) -> Reach:
        """The inputs whose window holds the place; which of them it was is known only when the network runs."""
        rank = len(inputs[0]) - 1
        kernel, padding = axes_of(self.kernel_size, rank, "kernel_size"), axes_of(self.padding, rank, "padding")
        stride = kernel if self.stride is None else axes_of(self.stride, rank, "stride")
        return Reach(tuple(Scatter(k, s, p) for k, s, p in zip(kernel, stride, padding, strict=True)))

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """Nothing but the indices, which belong to the pool."""
        del run, inputs
        return Saved()

    def torch(self, *inputs: Shape) -> TorchCall:
        """A small class around ``F.max_unpool2d``: the input, the indices."""
        rank = len(inputs[0]) - 1
        padding = (
            (Arg(self.padding, None, "padding"),)
            if self.padding and any(axes_of(self.padding, rank, "padding"))
            else ()
        )
        stride = (Arg(self.stride, None, "stride"),) if self.stride is not None else ()
        size = Arg(list(self.size), None, "size")
        return helper(f"Unpool{rank}d", Arg(self.kernel_size, None), *stride, *padding, size)


@final
class BedOfNails(Layer):
    """Upsampling with zeros: every number goes to the first place of its block, the rest of the block is 0.

    No operations. Source: Fei-Fei Li, Johnson and Yeung, CS231n (2017), lecture 11.
    """

    op = "bednails"
    positional = ("scale",)
    EXAMPLES = (
        Example({"scale": 2}, ((4, 3, 5),), "bednails 2"),
        Example({"scale": (1, 3)}, ((4, 3, 5),), "bednails 1x3"),
        Example({"scale": 4}, ((2, 6),), "bednails 4"),
        Example({"scale": 2}, ((2, 2, 3, 4),), "bednails 2"),
    )

    scale: Count | tuple[Count, ...]

    def _scales(self, shape: Shape) -> tuple[int, ...]:
        return axes_of(self.scale, spatial_rank(shape, self.op), "scale")

    def infer(self, *inputs: Shape) -> Shape:
        """Every spatial axis times its scale.

        Raises:
            ShapeError: not as many numbers as axes.
        """
        return (inputs[0][0], *(n * s for n, s in zip(inputs[0][1:], self._scales(inputs[0]), strict=True)))

    def reach(self, *inputs: Shape) -> Reach:
        """One input for the first place of a block, none for the others."""
        return Reach(tuple(Scatter(1, s, 0) for s in self._scales(inputs[0])))

    def torch(self, *inputs: Shape) -> TorchCall:
        """A small class."""
        return helper("BedOfNails", Arg(self._scales(inputs[0]), "scale"))
