"""The rarer pools over windows: average, minimum, Lp."""

from __future__ import annotations

from math import prod
from typing import Any, ClassVar, final

from pydantic import Field

from cnncalc.diagnostics import ShapeError
from cnncalc.layers.arguments import Positive, helper, module
from cnncalc.layers.base import Arg, Cost, Example, Run, Saved, Shape, TorchCall, shown
from cnncalc.layers.pool import Extremum, Pooling


@final
class MinPool(Extremum):
    """Smallest number of every window: the negated maximum of the negated input, whose two copies PyTorch makes."""

    op = "minpool"
    EXAMPLES = (
        Example({"kernel_size": 3, "stride": 2}, ((4, 9, 9),), "minpool 3 s2"),
        Example({"kernel_size": 2, "padding": 1}, ((4, 7),), "minpool 2 p1"),
        Example({"kernel_size": 2, "ceil": True}, ((2, 5, 5, 5),), "minpool 2 ceil"),
    )

    def infer(self, *inputs: Shape) -> Shape:
        """(channels, *sizes).

        Raises:
            ShapeError: no window fits; unequal padding.
        """
        shape = super().infer(*inputs)
        if not self.is_native(inputs[0]):
            message = "minpool needs equal padding at begin and end"
            raise ShapeError(message, argument="padding", hint="put pad value=... before it", assume=shape)
        return shape

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """The negated input and the indices."""
        copy = run.batch * run.itemsize * prod(inputs[0])
        return Saved(extra=copy + 8 * run.batch * prod(self.infer(*inputs)))

    def torch(self, *inputs: Shape) -> TorchCall:
        """A small class around ``nn.MaxPool2d``."""
        rank = len(inputs[0]) - 1
        return helper(f"MinPool{rank}d", *self.arguments(inputs[0]), *self.dilated(), *self.ceil_mode())


def _checked_in_3d(layer: Pooling, entering: Shape, shape: Shape) -> Shape:
    """The output, where PyTorch's average pool in 3-D takes the input: one at least as large as the window, unpadded."""
    sizes, kernel = layer.geometry(entering)[:2]
    if len(sizes) == 3 and any(n < k for n, k in zip(sizes, kernel, strict=True)):  # noqa: PLR2004 (axes)
        small = f"an input {shown(sizes)} that is smaller than its window {shown(kernel)}"
        message = f"{type(layer).op} in 3-D cannot take {small}"
        hint = "PyTorch counts no padding here: use maxpool or a smaller window, or put pad before it"
        raise ShapeError(message, argument="kernel_size", hint=hint, assume=shape)
    return shape


@final
class AvgPool(Pooling):
    """Mean of every window. With ``exclude`` the padding does not count into the mean.

    kernel - 1 additions and one division per output. The input is kept for the backward pass, though only its size is
    needed. Source: ``torch.nn.AvgPool2d``.
    """

    op = "avgpool"
    words: ClassVar[dict[str, dict[str, Any]]] = {**Pooling.words, "exclude": {"count_include_pad": False}}
    EXAMPLES = (
        Example({"kernel_size": 2}, ((6, 28, 28),), "avgpool 2"),
        Example({"kernel_size": 3, "stride": 2, "padding": 1}, ((4, 8, 9),), "avgpool 3 s2 p1"),
        Example(
            {"kernel_size": 3, "stride": 2, "padding": 1, "count_include_pad": False},
            ((4, 8, 9),),
            "avgpool 3 s2 p1 exclude",
        ),
        Example({"kernel_size": 2, "ceil": True}, ((4, 7, 9),), "avgpool 2 ceil"),
        Example({"kernel_size": 4, "stride": 3}, ((4, 21),), "avgpool 4 s3"),
        Example({"kernel_size": (1, 2, 2)}, ((4, 4, 6, 6),), "avgpool 1x2x2"),
    )

    count_include_pad: bool = True

    def infer(self, *inputs: Shape) -> Shape:
        """(channels, *sizes).

        Raises:
            ShapeError: no window fits; unequal padding that counts; in 3-D an input that is smaller than the window.
        """
        shape = super().infer(*inputs)
        if not self.is_native(inputs[0]):
            message = "avgpool needs equal padding at begin and end"
            raise ShapeError(message, argument="padding", hint="put pad before it", assume=shape)
        return _checked_in_3d(self, inputs[0], shape)

    def cost(self, *inputs: Shape) -> Cost:
        """Additions within the windows and one division per output."""
        out = prod(self.infer(*inputs))
        return {"add": max(0, self.windows(*inputs) - out), "div": out}

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """The input."""
        del run, inputs
        return Saved(inputs=(0,))

    def torch(self, *inputs: Shape) -> TorchCall:
        """``nn.AvgPool2d``."""
        excluded = () if self.count_include_pad else (Arg(False, "count_include_pad", "count_include_pad"),)  # noqa: FBT003 (a value)
        return module(f"AvgPool{len(inputs[0]) - 1}d", *self.arguments(inputs[0]), *self.ceil_mode(), *excluded)


@final
class LPPool(Pooling):
    """The p-norm of every window: a power per number, a sum, a root per output. No padding.

    Source: ``torch.nn.LPPool2d``, which computes it as a power, an average pool, a ReLU of the sum and a root.
    """

    op = "lppool"
    positional = ("kernel_size", "stride")
    EXAMPLES = (
        Example({"kernel_size": 2}, ((4, 8, 9),), "lppool 2"),
        Example({"kernel_size": 3, "stride": 2, "norm_type": 3}, ((4, 9),), "lppool 3 s2 norm_type=3"),
        Example({"kernel_size": 2, "ceil": True}, ((4, 7, 9),), "lppool 2 ceil"),
    )

    norm_type: Positive = Field(default=2)

    def infer(self, *inputs: Shape) -> Shape:
        """(channels, *sizes).

        Raises:
            ShapeError: no window fits; any padding.
        """
        shape = super().infer(*inputs)
        if any(side for pair in self.geometry(inputs[0]).pads for side in pair) or self.ceil == "caffe":
            message = "lppool has no padding"
            raise ShapeError(message, argument="padding", hint="put pad before it", assume=shape)
        return _checked_in_3d(self, inputs[0], shape)

    def cost(self, *inputs: Shape) -> Cost:
        """A power per number that a window covers, sums, a root per output."""
        out, seen = prod(self.infer(*inputs)), self.windows(*inputs)
        return {"exp": prod(inputs[0]) + out, "add": max(0, seen - out), "mul": out}

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """Input, its powers, and per output the mean, its sign, its absolute value and the rectified mean."""
        outs = run.batch * run.itemsize * prod(self.infer(*inputs))
        return Saved(inputs=(0,), extra=run.batch * run.itemsize * prod(inputs[0]) + 4 * outs)

    def torch(self, *inputs: Shape) -> TorchCall:
        """``nn.LPPool2d``; in 1-D it takes numbers only."""
        rank = len(inputs[0]) - 1
        arguments = self.arguments(inputs[0])
        if rank == 1:
            arguments = tuple(a._replace(value=a.value[0]) if isinstance(a.value, tuple) else a for a in arguments)
        return module(f"LPPool{rank}d", Arg(self.norm_type, "norm_type"), *arguments, *self.ceil_mode())
