"""What layers share that slide a window: its size, stride, padding and dilation per axis, and how it fits."""

from __future__ import annotations

from cnncalc.layers import padding as pads
from cnncalc.layers.arguments import Count, axes_of, spatial_rank
from cnncalc.layers.base import Fit, Layer, Reach, Shape, Window, window_fit
from cnncalc.record import NamedTuple

Counts = Count | tuple[Count, ...]
"""One number of at least 1 for all spatial axes, or one per axis."""


class Geometry(NamedTuple):
    """The window per spatial axis."""

    size: tuple[int, ...]
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    pads: pads.Pairs


_LAST = "geometry of the last shape"
_FITS = "fits of the last shape"
"""Where a layer remembers them: no names of fields, and no part of its value."""


class Windowed(Layer):
    """A layer that slides a window: its size per axis. Source: dumoulin and visin (2016), relationship 15."""

    kernel_size: Counts
    stride: Counts = 1
    padding: pads.Padding = 0
    dilation: Counts = 1

    def geometry(self, shape: Shape) -> Geometry:
        """Kernel, stride, dilation and padding per axis.

        Raises:
            ShapeError: not as many numbers as axes.
        """
        known = self.__dict__.get(_LAST)
        if known is not None and known[0] == shape:
            return known[1]  # type: ignore[no-any-return]
        rank = spatial_rank(shape, type(self).op)
        kernel, stride, dilation = (
            axes_of(getattr(self, name), rank, name) for name in ("kernel_size", "stride", "dilation")
        )
        made = Geometry(
            shape[1:], kernel, stride, dilation, pads.resolve(self.padding, shape[1:], kernel, stride, dilation)
        )
        self.__dict__[_LAST] = shape, made  # every fact of a layer asks for the same geometry
        return made

    def fits(self, *inputs: Shape) -> tuple[Fit, ...]:
        """How the window fits every spatial axis."""
        known = self.__dict__.get(_FITS)
        if known is not None and known[0] == inputs[0]:
            return known[1]  # type: ignore[no-any-return]
        size, kernel, stride, dilation, pairs = self.geometry(inputs[0])
        made = tuple(
            window_fit(n, k, s, begin, end, d)
            for n, k, s, d, (begin, end) in zip(size, kernel, stride, dilation, pairs, strict=True)
        )
        self.__dict__[_FITS] = inputs[0], made
        return made

    def reach(self, *inputs: Shape) -> Reach:
        """A window per axis."""
        _, kernel, stride, dilation, pairs = self.geometry(inputs[0])
        return Reach(
            tuple(Window(k, s, *pair, d) for k, s, d, pair in zip(kernel, stride, dilation, pairs, strict=True))
        )
