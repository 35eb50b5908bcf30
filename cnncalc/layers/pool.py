"""Pooling over windows: maximum, minimum, average, Lp; in 1, 2 and 3 dimensions."""

from __future__ import annotations

from abc import abstractmethod
from math import prod
from typing import Any, ClassVar, Literal, final

from cnncalc.diagnostics import ShapeError
from cnncalc.layers import padding as pads
from cnncalc.layers.arguments import axes_of, helper, module, spatial_rank
from cnncalc.layers.base import (
    Arg,
    Cost,
    Example,
    Fit,
    Layer,
    Reach,
    Run,
    Same,
    Saved,
    Shape,
    TorchCall,
    Window,
    window_fit,
)
from cnncalc.layers.windowed import Counts, Geometry

Ceil = bool | Literal["caffe"]
"""Round the size up: PyTorch's rule, or Caffe's, which clips the last window only where there is padding."""


def caffe_fit(fit: Fit, size: int, stride: int, begin: int, end: int) -> Fit:
    """The output size by Caffe's rule: up, less one if there is padding and the last window starts behind it.

    Source: Jia et al., Caffe, ``PoolingLayer::Reshape``.
    """
    out = -(-fit.exact.numerator // fit.exact.denominator)
    if (begin or end) and (out - 1) * stride >= size + begin:
        out -= 1
    return Fit(
        out,
        fit.exact,
        0 if out > fit.out - 1 and fit.exact.denominator > 1 else fit.lost,
        fit.lost_real if out < fit.exact else 0,
    )


class Pooling(Layer):
    """What all pools share: the window, its fit, and how PyTorch pads. The stride is the kernel unless given."""

    words: ClassVar[dict[str, dict[str, Any]]] = {
        "ceil": {"ceil": True},
        **{word: {"padding": word} for word in ("half", "same", "same_lower", "valid")},
    }
    positional = ("kernel_size", "stride")

    kernel_size: Counts
    stride: Counts | None = None
    padding: pads.Padding = 0
    ceil: Ceil = False

    def dilations(self) -> Counts:
        """Dilation; 1 where the pool has none."""
        return 1

    def geometry(self, shape: Shape) -> Geometry:
        """The window per axis.

        Raises:
            ShapeError: not as many numbers as axes.
        """
        rank = spatial_rank(shape, type(self).op)
        kernel = axes_of(self.kernel_size, rank, "kernel_size")
        stride = kernel if self.stride is None else axes_of(self.stride, rank, "stride")
        dilation = axes_of(self.dilations(), rank, "dilation")
        return Geometry(
            shape[1:], kernel, stride, dilation, pads.resolve(self.padding, shape[1:], kernel, stride, dilation)
        )

    def fits(self, *inputs: Shape) -> tuple[Fit, ...]:
        """How the window fits every spatial axis."""
        return tuple(
            self._fit(n, k, s, begin, end, d)
            for n, k, s, d, (begin, end) in zip(*self.geometry(inputs[0]), strict=True)
        )

    def _fit(self, size: int, kernel: int, stride: int, begin: int, end: int, dilation: int) -> Fit:
        fits = size + begin + end > dilation * (kernel - 1)  # if not, both rules give one window or none
        fit = window_fit(
            size, kernel, stride, begin, end, dilation, ceil=self.ceil is True or (not fits and bool(self.ceil))
        )
        return caffe_fit(fit, size, stride, begin, end) if self.ceil == "caffe" else fit

    def infer(self, *inputs: Shape) -> Shape:
        """(channels, *sizes).

        Raises:
            ShapeError: no window fits, or there is more padding than half a window.
        """
        shape = (inputs[0][0], *(fit.out for fit in self.fits(*inputs)))
        _, kernel, _, dilation, pairs = self.geometry(inputs[0])
        native = self.is_native(inputs[0])
        for k, d, pair in zip(kernel, dilation, pairs, strict=True):
            self._check_padding(max(pair), k, d, shape, native=native)
        return shape

    def _check_padding(self, side: int, kernel: int, dilation: int, shape: Shape, *, native: bool) -> None:
        wide = dilation * (kernel - 1) + 1
        if side > wide // 2:
            message = (
                f"padding {side} is more than half of the window {wide}: some windows would see nothing but padding"
            )
            raise ShapeError(message, argument="padding", hint=f"use at most {wide // 2}", assume=shape)
        if native and side > kernel // 2:
            message = f"padding {side} is more than half of the kernel {kernel}; PyTorch does not count its dilation"
            raise ShapeError(message, argument="padding", hint=f"use at most {kernel // 2}, or half", assume=shape)

    def reach(self, *inputs: Shape) -> Reach:
        """A window per axis."""
        _, kernel, stride, dilation, pairs = self.geometry(inputs[0])
        return Reach(
            tuple(Window(k, s, *pair, d) for k, s, d, pair in zip(kernel, stride, dilation, pairs, strict=True)),
            first=Same(),
        )

    @abstractmethod
    def cost(self, *inputs: Shape) -> Cost:
        """Operations by kind."""

    def is_native(self, shape: Shape) -> bool:
        """Whether PyTorch's own pool can pad like this: the same on both sides.

        A word may ask for more than half of the kernel, undilated, which PyTorch's own does not do.
        """
        _, kernel, _, _, pairs = self.geometry(shape)
        wide = isinstance(self.padding, str) and any(max(pair) > k // 2 for k, pair in zip(kernel, pairs, strict=True))
        return pads.symmetric(pairs) and not wide and self.ceil != "caffe"

    def windows(self, *inputs: Shape) -> int:
        """Input positions that all windows of one channel cover, clipped to the padded input, over all channels."""
        total = inputs[0][0]
        for fit, (n, k, s, d, (begin, end)) in zip(
            self.fits(*inputs), zip(*self.geometry(inputs[0]), strict=True), strict=True
        ):
            total *= _covered(fit.out, k, s, d, n + begin + end) if self.ceil else fit.out * k
        return total

    def arguments(self, shape: Shape) -> tuple[Arg, ...]:
        """Kernel, stride and padding as PyTorch's pools take them."""
        pairs = self.geometry(shape).pads
        begins = tuple(begin for begin, _ in pairs)
        plain = begins[0] if len(set(begins)) == 1 else begins
        given = self.stride is not None and self.stride != self.kernel_size
        return (
            Arg(self.kernel_size, "kernel_size"),
            *((Arg(self.stride, "stride", "stride"),) if given else ()),
            *((Arg(plain, "padding", "padding"),) if any(begins) else ()),
        )

    def ceil_mode(self) -> tuple[Arg, ...]:
        """``ceil_mode=True`` where it is meant."""
        return (Arg(True, "ceil", "ceil_mode"),) if self.ceil is True else ()  # noqa: FBT003 (a value)

    def unequal(self, shape: Shape, fits: tuple[Fit, ...]) -> tuple[int, ...]:
        """Padding on every side as ``F.pad`` takes it, last axis first, so that a floor pool gives the wanted size."""
        geometry = self.geometry(shape)
        sides: list[int] = []
        for fit, (n, k, s, d, (begin, _)) in reversed(list(zip(fits, zip(*geometry, strict=True), strict=True))):
            needed = (fit.out - 1) * s + d * (k - 1) + 1 - n - begin
            sides += [begin, needed]
        return tuple(sides)


def _covered(out: int, kernel: int, stride: int, dilation: int, room: int) -> int:
    """Places within ``room`` that windows cover; rounded up, the last windows reach beyond."""
    whole = min(out, max(0, (room - 1 - dilation * (kernel - 1)) // stride + 1))
    return whole * kernel + sum(min(kernel, max(0, -((o * stride - room) // dilation))) for o in range(whole, out))


class Extremum(Pooling):
    """Largest or smallest number of every window: kernel - 1 comparisons each."""

    positional = ("kernel_size", "stride")

    dilation: Counts = 1

    def dilations(self) -> Counts:
        return self.dilation

    def cost(self, *inputs: Shape) -> Cost:
        """One comparison less than numbers in a window, per output."""
        return {"cmp": max(0, self.windows(*inputs) - prod(self.infer(*inputs)))}

    def dilated(self) -> tuple[Arg, ...]:
        """``dilation=2`` where it is given."""
        return (Arg(self.dilation, "dilation", "dilation"),) if self.dilation != 1 else ()


@final
class MaxPool(Extremum):
    """Largest number of every window. The input and the indices (8 bytes per output) are kept for the backward pass.

    Padding never wins. Source: ``torch.nn.MaxPool2d``.
    """

    op = "maxpool"
    EXAMPLES = (
        Example({"kernel_size": 3, "stride": 2}, ((6, 55, 55),), "maxpool 3 s2"),
        Example({"kernel_size": 2}, ((4, 7, 9),), "maxpool 2"),
        Example({"kernel_size": 3, "stride": 2, "padding": 1}, ((4, 8, 9),), "maxpool 3 s2 p1"),
        Example({"kernel_size": 3, "stride": 2, "ceil": True}, ((4, 8, 11),), "maxpool 3 s2 ceil"),
        Example({"kernel_size": 2, "padding": 1, "ceil": True}, ((4, 5, 8),), "maxpool 2 p1 ceil"),
        Example({"kernel_size": 2, "dilation": 2, "stride": 1}, ((4, 6, 7),), "maxpool 2 s1 d2"),
        Example({"kernel_size": 2, "stride": 1, "padding": "same"}, ((4, 6, 7),), "maxpool 2 s1 same"),
        Example({"kernel_size": 4}, ((4, 21),), "maxpool 4"),
        Example({"kernel_size": (1, 2, 2)}, ((4, 4, 6, 6),), "maxpool 1x2x2"),
    )

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """Input and indices; in place of the input its padded copy, where PyTorch cannot pad by itself."""
        indices = 8 * run.batch * prod(self.infer(*inputs))
        if self.is_native(inputs[0]):
            return Saved(inputs=(0,), extra=indices)
        return Saved(extra=indices + _copy(run, self, inputs))

    def torch(self, *inputs: Shape) -> TorchCall:
        """``nn.MaxPool2d``."""
        rank = len(inputs[0]) - 1
        if self.is_native(inputs[0]):
            return module(f"MaxPool{rank}d", *self.arguments(inputs[0]), *self.dilated(), *self.ceil_mode())
        return helper(
            f"PaddedMaxPool{rank}d",
            Arg(self.kernel_size, "kernel_size"),
            *_stride(self),
            Arg(self.unequal(inputs[0], self.fits(*inputs)), None, "sides"),
            *self.dilated(),
        )


def _stride(layer: Pooling) -> tuple[Arg, ...]:
    given = layer.stride is not None and layer.stride != layer.kernel_size
    return (Arg(layer.stride, "stride", "stride"),) if given else ()


def _copy(run: Run, layer: Pooling, inputs: tuple[Shape, ...]) -> int:
    sides = layer.unequal(inputs[0], layer.fits(*inputs))
    pairs: pads.Pairs = tuple(zip(sides[::2], sides[1::2], strict=True))[::-1]
    return run.batch * run.itemsize * inputs[0][0] * prod(pads.padded(inputs[0][1:], pairs))
