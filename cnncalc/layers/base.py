"""What a layer is: the closed set of facts that every layer states about itself.

Everything else (sizes of a whole network, cost, memory, receptive field, lint, source text) is a function over the graph
that uses only these facts. A layer knows neither torch nor the graph nor the spec's text.

Shapes are tuples of ints without the batch: ``(C, *spatial)`` for feature maps (1, 2 or 3 spatial axes),
``(features,)`` after flatten, ``(tokens, features)`` for sequences, ``()`` for a single number.

Beside its shape a value has its *times*, how often it exists: 0 is once per network (what is computed from parameters
alone), 1 once per sample, k > 1 that many copies per sample, folded into the batch. Facts are about one copy.
"""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from cnncalc.diagnostics import ShapeError
from cnncalc.record import NamedTuple

Shape = tuple[int, ...]


class Indices(tuple[int, ...]):
    """The shape of an input that has whole numbers: ``20 int``."""

    __slots__ = ()


Axes = int | tuple[int, ...]
"""One number for all spatial axes, or one per axis."""

KINDS = ("mac", "add", "mul", "div", "cmp", "exp")
"""Kinds of arithmetic: multiply-accumulate, addition or subtraction, multiplication, division, comparison, and
transcendental functions (exp, log, tanh, erf, power, root: one each)."""

Cost = dict[str, int]
"""Operations by kind, for one copy of the output; FLOPs = 2 * mac + everything else."""

# ------------------------------------------------------------------------------------------- sizes of windows


class Fit(NamedTuple):
    """How a window fits an axis.

    Output size, exact size, rows of the padded input that no window covers at the far edge, and how many of these are
    rows of the real input.
    """

    out: int
    exact: Fraction
    lost: int
    lost_real: int


def window_fit(
    size: int, kernel: int, stride: int = 1, begin: int = 0, end: int = 0, dilation: int = 1, *, ceil: bool = False
) -> Fit:
    """Fit a window on one axis: ``q = (size + begin + end - dilation * (kernel - 1) - 1) / stride + 1``.

    The output is ``floor(q)``, or with ``ceil`` PyTorch's rule: ``ceil(q)``, less one if the last window would start
    beyond the input and the leading padding; so a window that is larger than the input, but by less than a stride, fits
    once. Source: dumoulin and visin, A guide to convolution arithmetic (2016), relationship 6 and section 5; the ceil rule
    is that of ``torch.nn.MaxPool2d``.

    Raises:
        ShapeError: no window fits.
    """
    room = size + begin + end - dilation * (kernel - 1) - 1
    if room < 0 and ceil and room > -stride:
        return Fit(1, Fraction(room + stride, stride), 0, 0)
    if room < 0:
        wide = dilation * (kernel - 1) + 1
        padded = f"padded input {size + begin + end}" if begin or end else f"input {size}"
        message = f"window {wide} is larger than the {padded}"
        raise ShapeError(
            message,
            argument="kernel_size",
            hint=f"use a window of at most {size + begin + end}, more padding, or a larger input",
        )
    out, rest = divmod(room, stride)
    exact = Fraction(room + stride, stride)
    if ceil and rest:
        clipped = (out + 1) * stride >= size + begin
        if not clipped:
            return Fit(out + 2, exact, 0, 0)
    return Fit(out + 1, exact, rest, min(size, max(0, rest - end)))


def shown(shape: Shape) -> str:
    """A shape as people write it: ``96x55x55``."""
    return "x".join(map(str, shape)) or "scalar"


def meeting(op: str, times: tuple[int, ...]) -> int:
    """How often the result of values exists that meet: as often as they do; once per network goes with everything.

    Raises:
        ShapeError: they exist a different number of times per sample.
    """
    if 0 not in times and len(set(times)) == 1:
        return times[0]
    found = {often for often in times if often}
    if len(found) > 1:
        message = f"{op}: values meet that exist {' and '.join(map(str, sorted(found)))} times per sample"
        raise ShapeError(message, hint="bring windows back with unwindows, or copies with frombatch, before they meet")
    return found.pop() if found else 0


# ------------------------------------------------------------------------------------------- facts


class Param(NamedTuple):
    """A tensor that a layer owns. ``name`` as in the module's state_dict; ``buffer`` if no gradient flows into it.

    ``int64`` marks whole numbers, whose bytes do not follow the network's dtype; ``persistent``: the state_dict has it.
    """

    name: str
    shape: Shape
    buffer: bool = False
    int64: bool = False
    persistent: bool = True

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        return prod(self.shape)


class Window(NamedTuple):
    """Output o reads the inputs ``o*stride - begin + dilation*t`` for t in 0..kernel-1. Negative ``begin`` crops."""

    kernel: int
    stride: int
    begin: int
    end: int
    dilation: int = 1


class Scatter(NamedTuple):
    """Transposed window: output o reads input i if ``o = i*stride - begin + dilation*t`` for some t in 0..kernel-1."""

    kernel: int
    stride: int
    begin: int
    dilation: int = 1


class Resample(NamedTuple):
    """Output o reads the taps of an interpolation around its place in the input.

    ``mode`` is nearest, nearest-exact, linear (also bilinear, trilinear) or cubic; ``scale`` the exact factor
    output/input that the coordinates use (None: from the sizes).
    """

    mode: Literal["nearest", "nearest-exact", "linear", "cubic"]
    size: int
    out: int
    align_corners: bool = False
    scale: Fraction | None = None


class Adaptive(NamedTuple):
    """Output o of ``out`` reads inputs ``floor(o*size/out) .. ceil((o+1)*size/out) - 1``."""

    size: int
    out: int


class Whole(NamedTuple):
    """Every output reads the whole axis. The name keeps it from being equal to others."""

    name: str = "whole"


class Same(NamedTuple):
    """Output o reads input o of the same axis. The name keeps it from being equal to others."""

    name: str = "same"


class Cyclic(NamedTuple):
    """Output o reads input ``o - shift``, around the ends of an axis of ``size``."""

    shift: int
    size: int


class Picked(NamedTuple):
    """Output o reads input ``places[o]``."""

    places: tuple[int, ...]


class Block(NamedTuple):
    """Outputs ``out * i`` to ``out * (i + 1) - 1`` read the block ``size * i`` to ``size * (i + 1) - 1``.

    All of it, or what lies in a window that knows nothing beyond the block.
    """

    size: int
    out: int
    window: Window | None = None


AxisMap = Window | Scatter | Resample | Adaptive | Whole | Same | Cyclic | Picked | Block


class Moved(NamedTuple):
    """Axes that go into the batch (``into``) or come out of it.

    ``blocks``: for every dimension the size of the blocks that it is cut into, 0 if it is not cut; a block becomes a copy.
    Without blocks the first dimension moves as a whole.
    """

    into: bool
    blocks: tuple[int, ...] = ()


class Reach(NamedTuple):
    """Where the outputs look, besides channels. ``axes`` holds one map per dimension behind the first of the output.

    ``order`` is the permutation of all dimensions (channels included) that a permute makes, else None.
    ``globally``: every output sees everything (flatten followed by linear, attention, squeeze).
    ``first`` is the map of the first dimension, None where all of it is mixed: behind a permute it may be an axis of the image.
    Without any map in ``axes`` nothing is mixed. ``batch``: what moves into the batch or out of it, None for most layers.
    """

    axes: tuple[AxisMap, ...] = ()
    globally: bool = False
    order: tuple[int, ...] | None = None
    first: AxisMap | None = None
    batch: Moved | None = None


POINTWISE = Reach()
GLOBAL = Reach(globally=True)


def channels_mixed(shape: Shape) -> Reach:
    """Every position by itself, all of its channels at once."""
    return Reach((Same(),) * (len(shape) - 1))


class Run(NamedTuple):
    """The conditions under which memory is counted. ``needs`` says which inputs need a gradient.

    ``batch``: how many copies of the layer's values there are, samples times copies per sample. ``itemsize`` is the bytes
    of one number of the type that the layer computes in, ``weights`` of one number of its weights, 0 where that is the
    same. ``once``: which inputs exist once per network; empty if none does.
    """

    batch: int = 1
    itemsize: int = 4
    train: bool = True
    needs: tuple[bool, ...] = (True,)
    weights: int = 0
    once: tuple[bool, ...] = ()

    def statistics(self, *, weighted: bool) -> int:
        """Bytes of one mean or deviation: as precise as the weights, where there are some."""
        return max(self.itemsize, self.weights) if weighted else self.itemsize


class Saved(NamedTuple):
    """What autograd keeps for the backward pass: whole inputs (by index), the output, and ``extra`` new bytes.

    Source: torch's derivatives.yaml, checked with saved-tensor hooks by the conformance tests.
    """

    inputs: tuple[int, ...] = ()
    output: bool = False
    extra: int = 0


NOTHING = Saved()


class Arg(NamedTuple):
    """An argument of a torch call.

    ``field`` names the layer's field that it comes from (``"in.c"`` and so on for a size of the input), so that emitted
    source can keep the spec's expression; None for a computed value.
    """

    value: Any
    field: str | None = None
    keyword: str | None = None


class TorchCall(NamedTuple):
    """How the layer is written in PyTorch, as data.

    kind ``module``: ``target`` is a class of torch.nn (``nn.Conv2d``) and ``arguments`` its constructor's;
    kind ``helper``: ``target`` names a small class that the emitted file brings along (codegen/helpers);
    kind ``expression``: ``target`` is Python over ``{0}``, ``{1}``... (the inputs) and ``{inputs}`` (all of them).
    Every value has its batch axis first, of size 1 if it exists once per network. ``each`` is the expression where the
    inputs behind the first exist once per sample too, empty if it is the same.
    """

    kind: Literal["module", "helper", "expression"]
    target: str
    arguments: tuple[Arg, ...] = ()
    each: str = ""


class Example(NamedTuple):
    """Arguments and input shapes; the conformance tests run every example against torch."""

    arguments: dict[str, Any]
    inputs: tuple[Shape, ...]
    text: str = ""
    """The same as a statement, shown in documentation."""


# ------------------------------------------------------------------------------------------- the layer


class Layer(BaseModel):
    """An operation with its arguments. Subclasses are final; their fields are named as in ``torch.nn``.

    Class facts, for the format:

    - ``op``: the canonical name; ``aliases``: other names;
    - ``positional``: the fields that positional arguments fill, in order;
    - ``words``: bare words and the fields that they set, such as ``nobias``: ``{"bias": False}``;
    - ``references``: fields that name a value of the network (``crop x``); the values become further inputs;
    - ``reads``: those of them whose numbers are read: every output depends on all of them. Of the others only the size counts;
    - ``arity``: how many inputs flow in (None: any number from one, a merge; 0: a constant of the network);
    - ``stretches``: whether PyTorch's operation stretches operands over the batch by itself, as arithmetic does;
    - ``itemsize``: bytes of one number of the output where they do not follow the network's type: 1 for truth values, 8
      for indices, else 0;
    - ``takes_indices``: whether whole numbers have to enter, in place of real ones;
    - ``has_gradient``: whether a gradient flows through; indices and truth values have none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, strict=True)

    op: ClassVar[str]
    aliases: ClassVar[tuple[str, ...]] = ()
    positional: ClassVar[tuple[str, ...]] = ()
    words: ClassVar[dict[str, dict[str, Any]]] = {}
    references: ClassVar[tuple[str, ...]] = ()
    reads: ClassVar[tuple[str, ...]] = ()
    arity: ClassVar[int | None] = 1
    stretches: ClassVar[bool] = False
    itemsize: ClassVar[int] = 0
    has_gradient: ClassVar[bool] = True
    takes_indices: ClassVar[bool] = False
    EXAMPLES: ClassVar[tuple[Example, ...]] = ()

    @property
    def stated(self) -> bool:
        """Whether its numbers are taken as somebody stated them, not derived."""
        return False

    @property
    def unknown(self) -> tuple[str, ...]:
        """Facts that nobody knows, of ``params``, ``cost`` and ``saved``; what stands in their place counts for nothing."""
        return ()

    def infer(self, *inputs: Shape) -> Shape:
        """Output shape.

        Raises:
            ShapeError: the layer cannot work on these inputs.
        """
        raise NotImplementedError

    def places(self) -> dict[str, int]:
        """Where the values that are named stand among the inputs, by field."""
        given = [field for field in self.references if isinstance(getattr(self, field), str)]
        return {field: place for place, field in enumerate(given, self.arity or 0)}

    def often(self, times: tuple[int, ...], *inputs: Shape) -> int:
        """How often the output exists (see the module), from how often the inputs do: as often as what flows in.

        Raises:
            ShapeError: the layer cannot work on values that exist so often.
        """
        return meeting(self.op, times[: self.arity])

    def fits(self, *inputs: Shape) -> tuple[Fit, ...]:
        """For windowed layers how the window fits, one per spatial axis; empty for all others."""
        return ()

    def params(self, *inputs: Shape) -> tuple[Param, ...]:
        """Parameters and buffers in state_dict order (parameters first, then buffers)."""
        return ()

    def cost(self, *inputs: Shape) -> Cost:
        """Operations of one forward pass for one copy of the output, in evaluation mode, by kind."""
        return {}

    def reach(self, *inputs: Shape) -> Reach:
        """Which positions of its inputs an output reads; point-wise unless said otherwise."""
        return POINTWISE

    def reach_of(self, place: int, *inputs: Shape) -> Reach:
        """Which positions of one of its inputs an output reads, where that is not the same for all."""
        del place
        return self.reach(*inputs)

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """What autograd keeps when the output needs a gradient; nothing unless said otherwise."""
        return NOTHING

    def is_view(self, *inputs: Shape) -> bool:
        """Whether the output shares the storage of the first input (flatten, reshape, a slice)."""
        return False

    def is_composite(self, *inputs: Shape) -> bool:
        """Whether PyTorch makes it of several operations, with values between them: always for a small class of ours."""
        return self.torch(*inputs).kind == "helper"

    def torch(self, *inputs: Shape) -> TorchCall:
        """The call in PyTorch, as data."""
        raise NotImplementedError
