"""Padding and cropping of the spatial axes, and the crop of one value to the size of another."""

from __future__ import annotations

from typing import Literal, final

from cnncalc.diagnostics import ShapeError
from cnncalc.layers.arguments import Real, expression, module, spatial_rank
from cnncalc.layers.base import NOTHING, Arg, Example, Layer, Reach, Run, Same, Saved, Shape, TorchCall, Window, shown
from cnncalc.layers.padding import Pairs, Sides, sides


@final
class Pad(Layer):
    """Padding of every spatial axis: zeros (or ``value=``), reflect, replicate or circular. No operations.

    One number for all sides, one per axis, or begin:end. Negative padding crops. Reflection and replication keep
    their input for the backward pass (only its size is needed). For the receptive field what is padded does not count.
    Source: ``torch.nn.ZeroPad2d`` and its family.
    """

    op = "pad"
    positional = ("padding",)
    words = {
        "zeros": {"mode": "zeros"},
        "reflect": {"mode": "reflect"},
        "replicate": {"mode": "replicate"},
        "circular": {"mode": "circular"},
    }
    EXAMPLES = (
        Example({"padding": 2}, ((8, 5, 7),), "pad 2"),
        Example({"padding": ((0, 1), (2, 3))}, ((8, 5, 7),), "pad (0:1,2:3)"),
        Example({"padding": (1, 2), "value": -1}, ((8, 5, 7),), "pad 1x2 value=-1"),
        Example({"padding": (1, 0), "value": "-inf"}, ((8, 5, 7),), "pad 1x0 value=-inf"),
        Example({"padding": ((1, 2),), "mode": "reflect"}, ((6, 9),), "pad 1:2 reflect"),
        Example({"padding": 2, "mode": "replicate"}, ((4, 3, 4, 5),), "pad 2 replicate"),
        Example({"padding": 3, "mode": "circular"}, ((4, 3, 4, 5),), "pad 3 circular"),
        Example({"padding": -1}, ((4, 5, 5),), "pad -1"),
    )

    padding: Sides
    mode: Literal["zeros", "reflect", "replicate", "circular"] = "zeros"
    value: Real | Literal["inf", "-inf"] = 0

    def infer(self, *inputs: Shape) -> Shape:
        """Every axis grows by both sides.

        Raises:
            ShapeError: nothing is left, or the mode cannot pad as much.
        """
        shape = inputs[0]
        pairs = sides(self.padding, spatial_rank(shape, self.op), "padding")
        out = (shape[0], *(size + sum(pair) for size, pair in zip(shape[1:], pairs, strict=True)))
        if min(out) < 1 or any(n + min(0, a) + min(0, b) < 0 for n, (a, b) in zip(shape[1:], pairs, strict=True)):
            message = f"padding leaves nothing of the input {shown(shape)}"
            raise ShapeError(message, argument="padding", hint="crop less", assume=shape)
        self._check_border(shape, pairs, out)
        return out

    def _check_border(self, shape: Shape, pairs: Pairs, out: Shape) -> None:
        if self.mode == "zeros":
            return
        for size, pair in zip(shape[1:], pairs, strict=True):
            most = {"reflect": size - 1, "circular": size}.get(self.mode, max(pair))
            if max(pair) > most:
                message = f"{self.mode} padding {max(pair)} on an axis of {size}: at most {most} is possible"
                raise ShapeError(message, argument="padding", hint="pad less, or with zeros or replicate", assume=out)

    def reach(self, *inputs: Shape) -> Reach:
        """Shifted by what is put before."""
        pairs = sides(self.padding, len(inputs[0]) - 1, "padding")
        return Reach(tuple(Window(1, 1, begin, end) for begin, end in pairs), first=Same())

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """The input for reflect and replicate."""
        del inputs
        return Saved((0,)) if run.needs[0] and self.mode in {"reflect", "replicate"} else NOTHING

    def torch(self, *inputs: Shape) -> TorchCall:
        """The class of torch.nn for mode and rank, whose sides are listed from the last axis on."""
        rank = len(inputs[0]) - 1
        names = {"zeros": "Zero", "reflect": "Reflection", "replicate": "Replication", "circular": "Circular"}
        name = "Constant" if self.mode == "zeros" and self.value else names[self.mode]
        filler = float(self.value) if isinstance(self.value, str) else self.value
        value = [Arg(filler, "value")] if name == "Constant" else []
        return module(f"{name}Pad{rank}d", self._amount(rank), *value)

    def _amount(self, rank: int) -> Arg:
        if isinstance(self.padding, int):
            return Arg(self.padding, "padding")
        pairs = sides(self.padding, rank, "padding")
        return Arg(tuple(side for pair in reversed(pairs) for side in pair))


@final
class Crop(Layer):
    """Cuts the spatial axes: ``crop 2`` every side, ``crop 1:2`` begin and end, ``crop x`` to the size of a value.

    The crop to a size takes the centre; where one more has to go, it goes at the end. A view: no operations, no bytes.
    Source: Ronneberger, Fischer and Brox, U-Net (2015).
    """

    op = "crop"
    positional = ("amount",)
    references = ("amount",)
    EXAMPLES = (
        Example({"amount": 1}, ((8, 5, 7),), "crop 1"),
        Example({"amount": ((1, 2),)}, ((6, 9),), "crop 1:2"),
        Example({"amount": (0, 1, 1)}, ((4, 3, 4, 5),), "crop 0x1x1"),
        Example({"amount": "x"}, ((8, 5, 7), (3, 2, 3)), "crop x"),
    )

    amount: Sides | str

    def _cuts(self, inputs: tuple[Shape, ...]) -> Pairs:
        shape = inputs[0]
        rank = spatial_rank(shape, self.op)
        if not isinstance(self.amount, str):
            return sides(self.amount, rank, "amount")
        other = inputs[1]
        if len(other) != len(shape) or any(a > b for a, b in zip(other[1:], shape[1:], strict=False)):
            message = f"crop: {shown(shape)} does not cover {self.amount}, which is {shown(other)}"
            raise ShapeError(
                message, argument="amount", hint="crop the larger of the two, or pad", assume=(shape[0], *other[1:])
            )
        spare = (size - to for size, to in zip(shape[1:], other[1:], strict=True))
        return tuple((s // 2, s - s // 2) for s in spare)

    def infer(self, *inputs: Shape) -> Shape:
        """Every axis loses both sides.

        Raises:
            ShapeError: nothing is left, or the value to crop to is larger.
        """
        shape = inputs[0]
        cuts = self._cuts(inputs)
        out = (shape[0], *(size - sum(cut) for size, cut in zip(shape[1:], cuts, strict=True)))
        if min(out) < 1 or min(map(min, cuts)) < 0:
            message = f"crop must leave a part of the input {shown(shape)}; it would leave {shown(out)}"
            raise ShapeError(message, argument="amount", hint="crop less; to add rows use pad", assume=shape)
        return out

    def reach(self, *inputs: Shape) -> Reach:
        """Shifted by what is cut before."""
        return Reach(tuple(Window(1, 1, -begin, -end) for begin, end in self._cuts(inputs)), first=Same())

    def is_view(self, *inputs: Shape) -> bool:
        """Always."""
        del inputs
        return True

    def is_composite(self, *inputs: Shape) -> bool:
        """One slice for every axis that is cut: going back, every one fills a gradient of its own."""
        return sum(any(cut) for cut in self._cuts(inputs)) > 1

    def torch(self, *inputs: Shape) -> TorchCall:
        """``x[:, :, begin:end]``."""
        ends = zip(self._cuts(inputs), self.infer(*inputs)[1:], strict=True)
        parts = ", ".join(f"{begin}:{begin + size}" for (begin, _), size in ends)
        return expression(f"{{0}}[:, :, {parts}]")
