"""Normalisation of each position by itself: layer normalisation, root mean square, unit length."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import Literal, final

from cnncalc.layers.arguments import Positive, Real, axis, expression, helper, keywords, literal, module
from cnncalc.layers.base import (
    GLOBAL,
    NOTHING,
    Arg,
    Cost,
    Example,
    Layer,
    Param,
    Reach,
    Run,
    Same,
    Saved,
    Shape,
    TorchCall,
    Whole,
    channels_mixed,
)
from cnncalc.layers.weights import Scaled

FLOAT32 = 4
"""Bytes of the type that torch computes a root mean square in, unless the numbers are wider."""

Over = Literal["auto", "channels", "last", "all"]


def _last_whole(shape: Shape) -> Reach:
    if len(shape) == 1:
        return channels_mixed(shape)
    return Reach((*(Same(),) * (len(shape) - 2), Whole()), first=Same())


@final
class LayerNorm(Scaled):
    """Layer normalisation: ``y = weight * (x - mean) / sqrt(var + eps) + bias`` of each position by itself.

    The mean runs over the channels of a feature map, over the last axis of (tokens, features) or (features), or over
    what a word says: ``channels``, ``last`` or ``all``. 5 operations per element (sum, square, sum of squares, scale,
    shift), 4 without affine. Source: Ba, Kiros and Hinton (2016); over channels as ConvNeXt, Liu et al. (2022).
    """

    op = "layernorm"
    aliases = ("ln",)
    words = {
        "channels": {"over": "channels"},
        "last": {"over": "last"},
        "all": {"over": "all"},
        "noaffine": {"elementwise_affine": False},
        "nobias": {"bias": False},
    }
    EXAMPLES = (
        Example({}, ((6, 9),), "ln"),
        Example({"eps": Fraction(1, 1_000_000)}, ((8, 5, 7),), "ln eps=0.000001"),
        Example({"over": "channels", "bias": False}, ((6, 9),), "ln channels nobias"),
        Example({"over": "last"}, ((8, 5, 7),), "ln last"),
        Example({"over": "all", "elementwise_affine": False}, ((4, 3, 4, 5),), "ln all noaffine"),
        Example({"over": "all"}, ((4, 3, 5),), "ln all"),
        Example({}, ((10,),), "ln"),
    )

    over: Over = "auto"
    eps: Positive = Fraction(1, 100_000)
    elementwise_affine: bool = True
    bias: bool | str = True
    has_own_bias = True

    def infer(self, *inputs: Shape) -> Shape:
        """The shape of the input.

        Raises:
            ShapeError: a named value has another size than what is normalised.
        """
        self.check_scale(inputs, self.normalised(inputs[0]))
        return inputs[0]

    def _over(self, shape: Shape) -> Over:
        if self.over != "auto":
            return "last" if len(shape) == 1 else self.over
        return "channels" if len(shape) > 2 else "last"  # noqa: PLR2004 (tokens and features, or less)

    def normalised(self, shape: Shape) -> Shape:
        """The sizes of the axes that a mean runs over."""
        parts: dict[str, Shape] = {"all": shape, "last": shape[-1:], "channels": shape[:1]}
        return parts[self._over(shape)]

    def moves_channels(self, shape: Shape) -> bool:
        """Whether the channels are moved behind the other axes for it, and back as a view."""
        return self._over(shape) == "channels"

    def params(self, *inputs: Shape) -> tuple[Param, ...]:
        """Weight and bias of the normalised shape."""
        if not self.owns(self.elementwise_affine):
            return ()
        own = self.normalised(inputs[0])
        return (Param("weight", own), Param("bias", own)) if self.bias else (Param("weight", own),)

    def cost(self, *inputs: Shape) -> Cost:
        """5 operations per element, 4 without affine."""
        size = prod(inputs[0])
        return {"add": (3 if self.scales(self.elementwise_affine) else 2) * size, "mul": 2 * size}

    def reach(self, *inputs: Shape) -> Reach:
        """Point-wise over channels; else the normalised axes."""
        over = self._over(inputs[0])
        if over == "channels":
            return channels_mixed(inputs[0])
        return GLOBAL if over == "all" else _last_whole(inputs[0])

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """The input, named values, and mean and inverse deviation of every row."""
        if not (self.owns(self.elementwise_affine) or any(run.needs)):
            return NOTHING
        rows = prod(inputs[0]) // prod(self.normalised(inputs[0]))
        statistics = run.statistics(weighted=self.scales(self.elementwise_affine))
        return Saved(tuple(range(len(inputs))), extra=2 * run.batch * rows * statistics)

    def torch(self, *inputs: Shape) -> TorchCall:
        """``nn.LayerNorm``, or a small class that moves the channels last for it; with a named weight ``F.layer_norm``."""
        if self.weight is not None:
            return self._function(self._over(inputs[0]))
        options = keywords(self, "eps", "elementwise_affine", "bias")
        shape = self.normalised(inputs[0])
        if self.moves_channels(inputs[0]):
            return helper("ChannelLayerNorm", Arg(shape[0], "in.c"), *options)
        return module("LayerNorm", Arg(shape if len(shape) > 1 else shape[0]), *options)

    def _function(self, over: Over) -> TorchCall:
        said = f"{self.named()}, eps={literal(self.eps)}"
        if over == "channels":
            return expression(f"F.layer_norm({{0}}.movedim(1, -1), {{0}}.shape[1:2]{said}).movedim(-1, 1)")
        return expression(f"F.layer_norm({{0}}, {{0}}.shape[{'1' if over == 'all' else '-1'}:]{said})")


@final
class RMSNorm(Scaled):
    """Root mean square normalisation of the last axis: ``y = weight * x / sqrt(mean(x**2) + eps)``.

    Per element one multiply-accumulate (square and sum) and two multiplications (scale, weight); per row a division, an
    addition and a root. Source: Zhang and Sennrich (2019).
    """

    op = "rmsnorm"
    words = {"noaffine": {"elementwise_affine": False}}
    EXAMPLES = (
        Example({"eps": Fraction(1, 1000)}, ((6, 9),), "rmsnorm eps=0.001"),
        Example({}, ((8, 5, 7),), "rmsnorm"),
        Example({"elementwise_affine": False}, ((10,),), "rmsnorm noaffine"),
    )

    references = ("weight",)
    reads = ("weight",)

    eps: Positive = Fraction(1, 100_000)
    elementwise_affine: bool = True

    def infer(self, *inputs: Shape) -> Shape:
        """The shape of the input.

        Raises:
            ShapeError: a named weight has another size than the last axis.
        """
        self.check_scale(inputs, inputs[0][-1:])
        return inputs[0]

    def params(self, *inputs: Shape) -> tuple[Param, ...]:
        """One factor per feature."""
        return (Param("weight", inputs[0][-1:]),) if self.owns(self.elementwise_affine) else ()

    def cost(self, *inputs: Shape) -> Cost:
        """See the class."""
        size = prod(inputs[0])
        rows = size // inputs[0][-1]
        factors = 2 if self.scales(self.elementwise_affine) else 1
        return {"mul": (1 + factors) * size, "add": size + rows, "div": rows, "exp": rows}

    def reach(self, *inputs: Shape) -> Reach:
        """The whole last axis."""
        return _last_whole(inputs[0])

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """The input and the inverse root of every row; for the gradient of the weight the scaled input.

        Types narrower than float32 are computed in float32, so that a copy of the input is kept instead.
        """
        size = prod(inputs[0])
        weighted = self.owns(self.elementwise_affine) or any(run.needs[1:])
        kept = size if weighted else 0
        if run.needs[0]:
            kept += size // inputs[0][-1]
        narrow = run.itemsize < FLOAT32
        copy = size if narrow and run.needs[0] else 0
        whole = ((0,) if not narrow else ()) + tuple(range(1, len(inputs))) if run.needs[0] else ()
        return Saved(whole, extra=run.batch * max(FLOAT32, run.itemsize) * (kept + copy))

    def torch(self, *inputs: Shape) -> TorchCall:
        """``nn.RMSNorm``, whose eps is always written: torch's own depends on the type of the numbers."""
        if self.weight is not None:
            return expression(f"F.rms_norm({{0}}, {{0}}.shape[-1:]{self.named()}, eps={literal(self.eps)})")
        options = keywords(self, "elementwise_affine")
        return module("RMSNorm", Arg(inputs[0][-1]), Arg(self.eps, "eps", "eps"), *options)


@final
class L2Norm(Layer):
    """Unit length along an axis, channels unless said otherwise: ``y = x / max(sqrt(sum(x**2)), eps)``.

    Per element a multiplication, a division and, but for the first of a row, an addition; per row a root and a comparison.
    Source: Liu, Rabinovich and Berg, ParseNet (2015); ``torch.nn.functional.normalize``.
    """

    op = "l2norm"
    positional = ("dim",)
    EXAMPLES = (
        Example({}, ((8, 5, 7),), "l2norm"),
        Example({"dim": -1}, ((6, 9),), "l2norm -1"),
        Example({"eps": Fraction(1, 1000)}, ((4, 3, 4, 5),), "l2norm eps=0.001"),
    )

    dim: int = 0
    eps: Real = Fraction(1, 10**12)

    def infer(self, *inputs: Shape) -> Shape:
        """The shape of the input.

        Raises:
            ShapeError: there is no such axis.
        """
        axis(self.dim, inputs[0])
        return inputs[0]

    def cost(self, *inputs: Shape) -> Cost:
        """See the class."""
        size = prod(inputs[0])
        rows = size // inputs[0][axis(self.dim, inputs[0])]
        return {"mul": size, "add": size - rows, "exp": rows, "cmp": rows, "div": size}

    def reach(self, *inputs: Shape) -> Reach:
        """Point-wise along channels, else the whole of that axis."""
        dim = axis(self.dim, inputs[0])
        axes = tuple(Whole() if a == dim else Same() for a in range(1, len(inputs[0])))
        return Reach(axes, first=Same()) if dim else channels_mixed(inputs[0])

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """The input, and the length of every row before and after the comparison with eps."""
        if not run.needs[0]:
            return NOTHING
        rows = prod(inputs[0]) // inputs[0][axis(self.dim, inputs[0])]
        return Saved((0,), extra=2 * run.batch * run.itemsize * rows)

    def torch(self, *inputs: Shape) -> TorchCall:
        """``F.normalize``, whose dim counts the batch."""
        eps = "" if self.eps == Fraction(1, 10**12) else f", eps={literal(self.eps)}"
        return expression(f"F.normalize({{0}}, dim={axis(self.dim, inputs[0]) + 1}{eps})")
