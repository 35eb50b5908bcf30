"""Where the output size of a layer comes from, axis by axis."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from cnncalc.analysis.explain import formulas
from cnncalc.analysis.explain.step import Step, Values, step
from cnncalc.diagnostics import ShapeError
from cnncalc.layers.base import Resample, Scatter, Window, shown

if TYPE_CHECKING:
    from cnncalc.analysis.facts import Facts
    from cnncalc.analysis.result import Row
    from cnncalc.layers.base import AxisMap, Fit, Layer, Shape

AXES = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}


def size_steps(row: Row, facts: Facts) -> list[Step]:
    """One step per spatial axis that a window moves over; equal axes share one. Else one step for the shape."""
    layer, shape = row.node.layer, row.node.shape or ()
    maps = maps_of(layer, facts.shapes)
    names = AXES.get(len(shape) - 1, ())
    if not maps or len(maps) != len(names) or len(facts.shapes[0]) != len(shape):
        return [_whole(row, facts)]
    fits: list[Fit | None] = list(row.fits) or [None] * len(names)
    steps = [
        _axis(axis, size, out, fit, ceil=bool(getattr(layer, "ceil", False)))
        for axis, size, out, fit in zip(maps, facts.shapes[0][1:], shape[1:], fits, strict=True)
    ]
    return _merged([_named(one, name) for one, name in zip(steps, names, strict=True) if one]) or [_whole(row, facts)]


def maps_of(layer: Layer, shapes: tuple[Shape, ...] | None) -> tuple[AxisMap, ...]:
    """How a layer reads the axes of what enters; none where nobody knows."""
    try:
        return layer.reach(*shapes).axes if shapes else ()
    except ShapeError:
        return ()


def _whole(row: Row, facts: Facts) -> Step:
    """A layer without a formula per axis: the shapes before and behind."""
    shape = row.node.shape or ()
    before = ", ".join(map(shown, facts.shapes)) or "no input"
    numbers = "*".join(map(str, facts.shapes[0])) if len(facts.shapes) == 1 and len(shape) == 1 else before
    result = Fraction(shape[0]) if len(shape) == 1 else Fraction(0)
    return Step("output shape", "", numbers, result, note=f"{before} -> {shown(shape)}")


def _named(one: Step, name: str) -> Step:
    return one._replace(axis=name)


def _merged(steps: list[Step]) -> list[Step]:
    """Axes with equal steps, named together."""
    groups: dict[Step, list[str]] = {}
    for one in steps:
        groups.setdefault(one._replace(axis=""), []).append(one.axis)
    return [one._replace(axis=" and ".join(names)) for one, names in groups.items()]


def _axis(axis: AxisMap, size: int, out: int, fit: Fit | None, *, ceil: bool) -> Step | None:
    if isinstance(axis, Window):
        return _window(axis, size, fit, ceil=ceil) if fit else _grown(axis, size, out)
    if isinstance(axis, Scatter):
        return _transposed(axis, size, out)
    if isinstance(axis, Resample):
        values: Values = {"i": size, "f": axis.scale or Fraction(out, size)}
        return step("output size", formulas.SCALED_SIZE, values, out)
    return None


def _window(axis: Window, size: int, fit: Fit, *, ceil: bool) -> Step:
    rounded_up = ceil and not _clipped(fit)  # without the window that is left out as many remain as if rounded down
    formula = formulas.window_size(even_padding=axis.begin == axis.end, plain=axis.dilation == 1, ceil=rounded_up)
    values = {"i": size, "k": axis.kernel, "s": axis.stride, "d": axis.dilation}
    values |= {"p": axis.begin, "p_begin": axis.begin, "p_end": axis.end}
    return step("output size", formula, values, fit.out, exact=fit.exact, note=loss(fit, ceil=ceil))


def _grown(axis: Window, size: int, out: int) -> Step | None:
    if axis.kernel != 1 or axis.stride != 1:
        return None
    values = {"i": size, "p_begin": axis.begin, "p_end": axis.end}
    return step("output size", formulas.GROWN_SIZE, values, out)


def _transposed(axis: Scatter, size: int, out: int) -> Step:
    """``p_out`` is what remains: padding behind counts negative, the layer's output padding positive."""
    plain = (size - 1) * axis.stride - axis.begin + axis.dilation * (axis.kernel - 1) + 1
    values = {"i": size, "s": axis.stride, "p_begin": axis.begin, "d": axis.dilation, "k": axis.kernel}
    return step("output size", formulas.TRANSPOSED_SIZE, values | {"p_out": out - plain}, out)


def loss(fit: Fit, *, ceil: bool = False) -> str:
    """What a window loses, in words; empty if it fits."""
    if ceil and fit.exact.denominator != 1:
        outside = "the last window would start outside the input: left out"
        return outside if _clipped(fit) else "the last window is not full"
    if fit.lost_real:
        return f"{_rows(fit.lost_real)} of the input {_is(fit.lost_real)} never read"
    return f"{_rows(fit.lost)} of the padding {_is(fit.lost)} never read" if fit.lost else ""


def _clipped(fit: Fit) -> bool:
    """Whether rounding up leaves a window out."""
    return fit.out < -(-fit.exact // 1)


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"


def _is(count: int) -> str:
    return "is" if count == 1 else "are"
