"""Layers with a weight and a bias, which may be values of the network instead of their own: ``conv 64 3 weight=w bias=b``.

A weight that is computed once per network (standardised, normalised, a fixed filter) costs the same whatever the batch is;
one that differs between samples makes a dynamic filter.
"""

from __future__ import annotations

from typing import Any, ClassVar

from cnncalc.diagnostics import ShapeError
from cnncalc.layers.arguments import literal
from cnncalc.layers.base import Layer, Param, Run, Saved, Shape, meeting, shown


def check_sizes(layer: Layer, named: list[tuple[str, str, Shape]], found: tuple[Shape, ...], assume: Shape) -> None:
    """Hold named values, each by its name, field and the size that is needed, against their sizes.

    Raises:
        ShapeError: a size differs.
    """
    for (name, field, wanted), size in zip(named, found, strict=True):
        if size != wanted:
            message = f"{layer.op}: {field}={name} is {shown(size)}; it must be {shown(wanted)}"
            raise ShapeError(message, argument=field, hint=f"reshape it to {shown(wanted)}", assume=assume)


class _Named(Layer):
    """A layer whose weight and bias may be named."""

    references: ClassVar[tuple[str, ...]] = ("weight", "bias")
    reads: ClassVar[tuple[str, ...]] = ("weight", "bias")
    has_own_bias: ClassVar[bool] = True
    """Whether the field for the bias says also whether the layer has one of its own."""

    @classmethod
    def bind(cls, fields: dict[str, Any], value: Layer, entering: Shape | None) -> dict[str, Any]:
        """A layer with a named weight has no bias of its own.

        Raises:
            ShapeError: a bias is named, or asked for, that does not go with the weight.
        """
        del value, entering
        if fields.get("weight") is None:
            hint = "name the weight too: weight=w bias=b"
            raise ShapeError(f"bias={fields['bias']} names a value, but the weight is the layer's own", hint=hint)
        if fields.get("bias") is True:
            hint = "name a value, bias=b, or leave it out"
            raise ShapeError(
                f"weight={fields['weight']}: a layer with a named weight has no bias of its own", hint=hint
            )
        return {"bias": False} | fields if cls.has_own_bias else fields


class Weighted(_Named):
    """What such layers share. Without ``weight=`` they own both, with it neither: ``bias=b`` names a bias then."""

    keeps_both: ClassVar[bool] = True
    """Whether PyTorch keeps input and weight, whichever of them needs a gradient."""

    bias: bool | str = True
    weight: str | None = None

    def own(self, weight: Shape, outputs: int) -> tuple[Param, ...]:
        """``weight`` and ``bias``, unless they are values of the network."""
        if self.weight is not None:
            return ()
        own = Param("weight", weight)
        return (own, Param("bias", (outputs,))) if self.bias else (own,)

    def check_weights(self, inputs: tuple[Shape, ...], weight: Shape, outputs: int, assume: Shape) -> None:
        """Hold the named values against the sizes that the layer needs.

        Raises:
            ShapeError: a size differs.
        """
        named = [(self.weight, "weight", weight)] if self.weight is not None else []
        named += [(self.bias, "bias", (outputs,))] if isinstance(self.bias, str) else []
        check_sizes(self, named, inputs[1:], assume)

    def often(self, times: tuple[int, ...], *inputs: Shape) -> int:
        """As often as what enters; a weight exists as often, or once per network.

        Raises:
            ShapeError: the weight differs between samples and what enters does not, or the bias does.
        """
        if self.weight is None:
            return times[0]
        if times[1] and not times[0]:
            message = (
                f"{self.op}: weight={self.weight} differs between samples, but what enters exists once per network"
            )
            raise ShapeError(
                message, argument="weight", hint="swap what enters and the weight, or add them up otherwise"
            )
        if any(times[2:]):
            message = f"{self.op}: bias={self.bias} differs between samples"
            raise ShapeError(message, argument="bias", hint="add it behind the layer: add(id, from b)")
        return meeting(self.op, times)

    def kept(self, run: Run) -> Saved:
        """The input, and a named weight."""
        if self.weight is None:
            return Saved((0,))
        if self.keeps_both:
            return Saved((0, 1))
        return Saved(tuple(i for i in (0, 1) if run.needs[1 - i]))

    def named(self) -> str:
        """The named values as arguments of a function, without their batch axis."""
        return ", {1}[0], {2}[0]" if isinstance(self.bias, str) else ", {1}[0]"


class Scaled(_Named):
    """What normalisations share that scale and shift: by their own weight and bias, or by named values of the network.

    The values exist once per network; what differs between samples is multiplied and added behind (``noaffine``).
    """

    has_own_bias = False

    weight: str | None = None

    @property
    def shift(self) -> str | None:
        """The name of the value that is added."""
        bias = getattr(self, "bias", None)
        return bias if isinstance(bias, str) else None

    def owns(self, affine: bool) -> bool:  # noqa: FBT001 (the field of that name)
        """Whether the weight is the layer's own."""
        return affine and self.weight is None

    def scales(self, affine: bool) -> bool:  # noqa: FBT001 (the field of that name)
        """Whether there is a weight, its own or a named one."""
        return affine or self.weight is not None

    def check_scale(self, inputs: tuple[Shape, ...], wanted: Shape) -> None:
        """Hold the named values against the size that is needed.

        Raises:
            ShapeError: a size differs.
        """
        named = [(self.weight, "weight", wanted)] if self.weight is not None else []
        named += [(self.shift, "bias", wanted)] if self.shift is not None else []
        check_sizes(self, named, inputs[1:], inputs[0])

    def often(self, times: tuple[int, ...], *inputs: Shape) -> int:
        """As often as what enters.

        Raises:
            ShapeError: a named value differs between samples.
        """
        del inputs
        if any(times[1:]):
            field, name = ("weight", self.weight) if times[1] else ("bias", self.shift)
            hint = "say noaffine, and multiply and add behind: mul(id, from w)"
            raise ShapeError(f"{self.op}: {field}={name} differs between samples", argument=field, hint=hint)
        return times[0]

    def named(self) -> str:
        """The named values as arguments of a function, without their batch axis."""
        return ", {1}[0], {2}[0]" if self.shift is not None else ", {1}[0]"


def options(**values: Any) -> str:
    """Keyword arguments for those that are not None."""
    return "".join(f", {name}={literal(value)}" for name, value in values.items() if value is not None)
