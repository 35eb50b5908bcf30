"""The window of a layer with its numbers, as lecture notes draw it, and below it where every number comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.analysis.explain.explanation import explain
from cnncalc.analysis.explain.size import AXES
from cnncalc.draw.cells import GAP, LABEL, Scale, scale
from cnncalc.draw.picture import INNER, LINE, Picture, compose, wrapped
from cnncalc.draw.reading import Axis, axes_or_none, places
from cnncalc.draw.svg import Mark, group, hidden, line, path, rect, words
from cnncalc.layers.base import Window, shown
from cnncalc.render.explanation import told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.analysis.explain.explanation import Step
    from cnncalc.draw.subject import Subject

CELLS, END = 26, 5
"""Places of an axis that are drawn, and those at the end of a long one."""

CELL = 14.0
BESIDE = 88.0
"""Room for the letters beside a line of cells."""


def picture(subject: Subject) -> Picture:
    """The picture.

    Raises:
        UsageError: there is no such layer.
    """
    analysis, row = subject.analysis, subject.row()
    explanation = explain(analysis, row)
    marks: list[Mark] = []
    y = 0.0
    for names, axis in _windows(axes_or_none(analysis, row)):
        made, height = _window(names, axis, y)
        marks += made
        y += height + 8
    for step in explanation.steps:
        made, height = _step(step, y)
        marks += made
        y += height + 5
    letters = ", ".join(f"{letter}: {meaning}" for letter, meaning in explanation.symbols.items())
    for text in wrapped(letters, 4.8):
        marks.append(words(0, y + 9, text, "s soft"))
        y += LINE
    size = "?" if row.node.shape is None else shown(row.node.shape)
    return compose(
        "formula", f"{row.node.path}: {row.node.op}, output {size}", [explanation.about.replace("``", "")], marks, y
    )


def _windows(axes: Sequence[Axis]) -> list[tuple[str, Axis]]:
    """The axes along which a window slides; equal ones once."""
    found: dict[Axis, list[str]] = {}
    for name, axis in zip(AXES.get(len(axes), ()), axes, strict=False):
        if isinstance(axis.map, Window) and (axis.map.kernel, axis.map.stride) != (1, 1):
            found.setdefault(axis, []).append(name)
    return [(" and ".join(names), axis) for axis, names in found.items()]


def _window(names: str, axis: Axis, top: float) -> tuple[list[Mark], float]:
    """Input with padding, the first two windows, and the output, one below the other, with their letters."""
    window = axis.map
    assert isinstance(window, Window)  # noqa: S101 (chosen by that)
    part = _places(axis, window)
    cell = min(CELL, (INNER - LABEL - BESIDE - GAP) / len(part))
    across = scale(part, cell)
    marks = [words(0, top + 9, names, "s b")]
    y = top + 14
    marks.append(words(0, y + cell - 3, "i", "s"))
    for place, x in across.starts.items():
        kind = axis.kind(place)
        css = {"real": "c1", "pad": "pad dash", "lost": "lost"}[kind]
        what = {"real": "", "pad": ", padding", "lost": ", never read"}[kind]
        marks.append(rect(LABEL + x, y, cell, cell, f"cell {css}", f"place {place}{what}"))
    marks.append(words(LABEL + across.end + 4, y + cell - 3, _size(axis), "s"))
    y += cell + 4
    for output in range(min(2, axis.out)):
        taps = axis.taps(output) if window.kernel <= len(part) else ()
        drawn = [across.starts[tap] for tap in taps if tap in across.starts]
        if len(drawn) == window.kernel:
            boxes = [rect(LABEL + x + 0.5, y, cell - 1, 9, "c4") for x in drawn]
            marks.append(group(boxes, title=f"window {output} reads {axis.taps(output)[0]} to {axis.taps(output)[-1]}"))
            marks.append(
                words(
                    LABEL + drawn[-1] + cell + 4,
                    y + 8,
                    f"k = {window.kernel}" + (f", d = {window.dilation}" if window.dilation > 1 else ""),
                    "s",
                )
            )
            y += 12
    marks += _stride(axis, across, y)
    y += 16
    outputs = scale(places(0, axis.out - 1, min(CELLS, len(part)) - 1), cell)
    marks.append(words(0, y + cell - 3, "o", "s"))
    marks += [rect(LABEL + x, y, cell, cell, "cell c3", f"output {place}") for place, x in outputs.starts.items()]
    marks.append(words(LABEL + outputs.end + 4, y + cell - 3, f"o = {axis.out}", "s"))
    return marks, y + cell + 4 - top


def _places(axis: Axis, window: Window) -> list[int | None]:
    """The places that are drawn: of a long axis so many in front that the first two windows are whole, and its end."""
    wide = window.dilation * (window.kernel - 1) + 1 + window.stride
    count = axis.last - axis.first + 1
    if count <= CELLS or wide > CELLS - END:
        return places(axis.first, axis.last, CELLS)
    front = max(wide, CELLS // 2)
    return [*range(axis.first, axis.first + front), None, *range(axis.last - END + 1, axis.last + 1)]


def _size(axis: Axis) -> str:
    window = axis.map
    assert isinstance(window, Window)  # noqa: S101 (chosen by that)
    pads = window.begin if window.begin == window.end else f"{window.begin}, {window.end}"
    return f"i = {axis.size}" + (f", p = {pads}" if window.begin or window.end else "")


def _stride(axis: Axis, across: Scale, y: float) -> list[Mark]:
    """An arrow from the first window's beginning to the second's."""
    if axis.out < 2:  # noqa: PLR2004 (no step)
        return []
    first, second = (across.starts.get(axis.taps(output)[0]) for output in (0, 1))
    if first is None or second is None:
        return []
    a, b = LABEL + first, LABEL + second
    head = path([(b - 4, y + 1), (b - 4, y + 7), (b, y + 4)], "head", closed=True)
    stride = axis.taps(1)[0] - axis.taps(0)[0]
    return [
        hidden([line(a, y + 4, b - 2, y + 4, "arrow"), head]),
        words(b + 5, y + 8, f"s = {stride}", "s", "the stride"),
    ]


def _step(step: Step, top: float) -> tuple[list[Mark], float]:
    """A quantity: in letters, with numbers, the result."""
    quantity, formula, numbers, result, remarks = told(step)
    marks = [words(0, top + 9, quantity, "s b"), words(INNER, top + 9, f"= {result}", "s b e")]
    y = top + LINE
    for text, css in ((formula, "s"), (numbers, "s"), (remarks, "s soft")):
        for piece in wrapped(text, 5.0) if text else ():
            marks.append(words(0, y + 9, piece, css))
            y += LINE
    return marks, y - top
