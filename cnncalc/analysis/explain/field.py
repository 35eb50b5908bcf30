"""Where the receptive field of a layer comes from."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from cnncalc.analysis.explain import formulas
from cnncalc.analysis.explain.size import AXES, maps_of
from cnncalc.analysis.explain.step import Step, Values, step
from cnncalc.layers.base import Window

if TYPE_CHECKING:
    from cnncalc.analysis.result import Analysis, AxisField, ReceptiveField, Row


Fields = dict[int, "ReceptiveField | None"]
"""The receptive field of every row, by the index of its node."""


def field_steps(analysis: Analysis, row: Row, fields: Fields) -> list[Step]:
    """Size, jump and start of the field: by the recurrence where the layer is a window, else what comes out."""
    field = row.receptive_field
    if not field:
        return []
    before = _before(analysis, row, fields)
    shapes = analysis.graph.shapes_into(row.node)
    maps = maps_of(row.node.layer, shapes)
    names = AXES.get(len(field), ("",) * len(field))
    steps: list[Step] = []
    for index, after in enumerate(field):
        window = maps[index] if len(maps) == len(field) else None
        if before and len(before) == len(field) and isinstance(window, Window) and not after.whole:
            steps += [one._replace(axis=names[index]) for one in _recurrence(before[index], window, after)]
        else:
            steps.append(_plain(after)._replace(axis=names[index]))
    return _merged(steps)


def _before(analysis: Analysis, row: Row, fields: Fields) -> ReceptiveField | None:
    """The field of the value that enters; that of the network's input is one pixel."""
    if not row.node.inputs:
        return None
    index = row.node.inputs[0]
    if index in fields:
        return fields[index]
    one = Fraction(1)
    return tuple(_pixel(one) for _ in (analysis.graph.nodes[index].shape or (0,))[1:])


def _pixel(one: Fraction) -> AxisField:
    from cnncalc.analysis.result import AxisField

    return AxisField(1, one, Fraction(0), Fraction(0), one, 1, 1, 1, 1.0)


def _recurrence(before: AxisField, window: Window, after: AxisField) -> list[Step]:
    values: Values = {
        "r": before.size, "j": before.jump, "b": before.start,
        "k": window.kernel, "d": window.dilation, "s": window.stride, "p_begin": window.begin,
    }  # fmt: skip
    holes = "; ".join(_remarks(after))
    return [
        step("receptive field", formulas.FIELD_SIZE, values, after.size, unit="pixels", note=holes),
        step("jump", formulas.FIELD_JUMP, values, after.jump, unit="pixels"),
        step("start", formulas.FIELD_START, values, after.start, unit="pixels"),
    ]


def _plain(after: AxisField) -> Step:
    if after.whole:
        return Step(
            "receptive field", "", "", Fraction(after.size), unit="pixels", note="every output sees the whole axis"
        )
    parts = [f"jump {after.jump}", f"first output from pixel {after.start} on"]
    if after.smallest != after.largest:
        parts.append(f"from {after.smallest} to {after.largest} pixels, by position")
    parts += _remarks(after)
    return Step("receptive field", "", "", Fraction(after.size), unit="pixels", note=", ".join(parts))


def _remarks(after: AxisField) -> list[str]:
    """How much of the field counts: its holes, and what it is in effect."""
    holes = [f"{after.coverage} of these pixels count"] if after.coverage != 1 else []
    narrow = [f"in effect about {after.effective:.1f} pixels (estimate)"] if after.effective < after.size else []
    return holes + narrow


def _merged(steps: list[Step]) -> list[Step]:
    """Axes with equal steps, named together."""
    groups: dict[Step, list[str]] = {}
    for one in steps:
        groups.setdefault(one._replace(axis=""), []).append(one.axis)
    return [one._replace(axis=" and ".join(dict.fromkeys(names))) for one, names in groups.items()]
