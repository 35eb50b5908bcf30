"""Constants of a network that are not trained: filters, masks, tables of positions."""

from __future__ import annotations

from math import prod
from typing import ClassVar, final

from cnncalc.diagnostics import ShapeError
from cnncalc.layers.arguments import Count, Real, helper, keywords
from cnncalc.layers.base import Arg, Example, Layer, Param, Shape, TorchCall, shown

Sizes = Count | tuple[Count, ...]


def sizes(value: Sizes) -> Shape:
    """One size or several as a shape."""
    return value if isinstance(value, tuple) else (value,)


class Stored(Layer):
    """A tensor of the module without a gradient; it exists once per network. ``persistent``: the state_dict has it."""

    arity = 0
    has_gradient = False
    int64: ClassVar[bool] = False
    leads: ClassVar[bool] = False
    """Whether it is stored with one more axis of size 1 in front."""

    persistent: bool = True

    def params(self, *inputs: Shape) -> tuple[Param, ...]:
        """The buffer, whose name is the module's."""
        shape = self.infer(*inputs)
        return (
            Param("", (1, *shape) if self.leads else shape, buffer=True, int64=self.int64, persistent=self.persistent),
        )


@final
class Buffer(Stored):
    """Numbers that are not trained: ``buffer 4x1x3x3 values=(1/4,1/2,1/4)`` repeats the values until the size is full.

    They exist once per network; arithmetic stretches them over the samples. With ``transient`` the state_dict does not
    have them; ``leading`` stores them with one more axis of size 1 in front; ``scalar`` is a single number.
    """

    op = "buffer"
    positional = ("dims",)
    words = {"scalar": {"dims": ()}, "leading": {"leading": True}, "transient": {"persistent": False}}
    EXAMPLES = (
        Example({"dims": (2, 3), "values": (1, 2, 3)}, (), "buffer 2x3 values=(1,2,3)"),
        Example({"dims": 4, "values": 1}, (), "buffer 4 values=1"),
        Example({"dims": (3, 1), "leading": True, "persistent": False}, (), "buffer 3x1 leading transient"),
    )

    dims: Count | tuple[Count, ...]
    values: Real | tuple[Real, ...] = 0
    leading: bool = False

    def infer(self, *inputs: Shape) -> Shape:
        """The size.

        Raises:
            ShapeError: the values do not fill it.
        """
        del inputs
        shape = sizes(self.dims)
        given = len(self.values) if isinstance(self.values, tuple) else 1
        if not given or prod(shape) % given:
            message = f"buffer: {given} values do not fill {shown(shape)}, {prod(shape)} numbers"
            raise ShapeError(
                message, argument="values", hint="give as many values, or some that are repeated", assume=shape
            )
        return shape

    def params(self, *inputs: Shape) -> tuple[Param, ...]:
        """The buffer, whose name is the module's."""
        (own,) = super().params(*inputs)
        return (own._replace(shape=(1, *own.shape)) if self.leading else own,)

    def torch(self, *inputs: Shape) -> TorchCall:
        """A function that gives the tensor."""
        shape = self.params(*inputs)[0].shape
        return helper("filled", *(Arg(n) for n in shape), *keywords(self, "values"))


@final
class RelativeIndex(Stored):
    """For every pair of places in a window the row of a table of relative positions: whole numbers, window * window of them.

    Place a and place b with the offset (dy, dx) have the row ``(dy + h - 1) * (2w - 1) + dx + w - 1``; with ``absolute``, where
    directions are not told apart, ``|dy| * w + |dx|``; other numbers of axes likewise. With ``stride`` only every such row and column has places a. With
    ``matrix`` places a by places b, else a list. Source: Liu et al., Swin Transformer (2021), equation 4; Graham et al., LeViT (2021).
    """

    op = "relativeindex"
    positional = ("window_size",)
    itemsize = 8
    int64 = True
    words = {"absolute": {"absolute": True}, "matrix": {"matrix": True}, "transient": {"persistent": False}}
    EXAMPLES = (
        Example({"window_size": (2, 3)}, (), "relativeindex 2x3"),
        Example({"window_size": (3, 2), "absolute": True, "stride": 2}, (), "relativeindex 3x2 absolute stride=2"),
        Example({"window_size": (2, 3, 2)}, (), "relativeindex 2x3x2"),
        Example({"window_size": (2, 2), "matrix": True, "persistent": False}, (), "relativeindex 2x2 matrix transient"),
    )

    window_size: tuple[Count, ...]
    absolute: bool = False
    stride: Count = 1
    matrix: bool = False

    def infer(self, *inputs: Shape) -> Shape:
        """One row for every pair."""
        del inputs
        places, taken = prod(self.window_size), prod(-(-n // self.stride) for n in self.window_size)
        return (taken, places) if self.matrix else (taken * places,)

    def torch(self, *inputs: Shape) -> TorchCall:
        """A function that gives the tensor."""
        del inputs
        said = keywords(self, "absolute", "stride", "matrix")
        return helper("relative_index", *(Arg(n) for n in self.window_size), *said)


@final
class RelativeCoordinates(Stored):
    """Offsets within a window on a logarithmic scale, from which a small network makes position biases: (2h - 1, 2w - 1, 2).

    ``sign(t) log2(1 + |t|) / 3`` for t from -8 to 8. Source: Liu et al., Swin Transformer V2 (2022), equation 4.
    """

    op = "relativecoordinates"
    positional = ("window_size",)
    leads = True
    EXAMPLES = (Example({"window_size": (2, 3)}, (), "relativecoordinates 2x3"),)

    window_size: tuple[Count, Count]

    def infer(self, *inputs: Shape) -> Shape:
        """A pair for every offset."""
        del inputs
        return (*(2 * n - 1 for n in self.window_size), 2)

    def torch(self, *inputs: Shape) -> TorchCall:
        """A function that gives the tensor."""
        del inputs
        return helper("relative_coordinates", *(Arg(n) for n in self.window_size))


@final
class ShiftMask(Stored):
    """What shifted windows add to their attention: -100 where two places were not neighbours before the shift, else 0.

    (windows, 1, places, places), the same for all heads, for ``shiftmask SIZE WINDOW SHIFT``. It is not in the state_dict.
    Source: Liu et al., Swin Transformer (2021), section 3.2; torchvision's ``shifted_window_attention``.
    """

    op = "shiftmask"
    positional = ("size", "window_size", "shift")
    EXAMPLES = (
        Example({"size": (4, 6), "window_size": (2, 3), "shift": (1, 1)}, (), "shiftmask 4x6 2x3 1x1"),
        Example({"size": (4, 4, 6), "window_size": (2, 2, 3), "shift": (1, 0, 1)}, (), "shiftmask 4x4x6 2x2x3 1x0x1"),
    )

    size: tuple[Count, ...]
    window_size: tuple[Count, ...]
    shift: tuple[int, ...]
    persistent: bool = False

    def infer(self, *inputs: Shape) -> Shape:
        """A matrix for every window and all of its heads.

        Raises:
            ShapeError: the windows do not divide the map, or there are not as many sizes as axes.
        """
        del inputs
        if not len(self.size) == len(self.window_size) == len(self.shift):
            message = f"shiftmask: {len(self.window_size)} sizes of windows and {len(self.shift)} shifts for {len(self.size)} axes"
            raise ShapeError(message, argument="window_size", hint="give one of each per axis: shiftmask 8x8 4x4 2x2")
        places = prod(self.window_size)
        if any(n % w for n, w in zip(self.size, self.window_size, strict=True)):
            message = f"shiftmask: windows of {shown(self.window_size)} do not divide {shown(self.size)}"
            raise ShapeError(message, argument="window_size", hint="give the size that is cut into windows")
        return (prod(self.size) // places, 1, places, places)

    def torch(self, *inputs: Shape) -> TorchCall:
        """A function that gives the tensor."""
        del inputs
        return helper(
            "shift_mask", Arg(self.size, "size"), Arg(self.window_size, "window_size"), Arg(self.shift, "shift")
        )
