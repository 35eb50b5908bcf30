"""The windows of a layer over its padded input: how often every place is read, and what is never read."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from cnncalc.analysis.explain.size import AXES, size_steps
from cnncalc.analysis.facts import FactBook
from cnncalc.diagnostics import UsageError
from cnncalc.draw import cells, steps
from cnncalc.draw.picture import Picture, compose
from cnncalc.draw.reading import Axis, axes_of, places, scatters, slides
from cnncalc.layers.base import Window, shown
from cnncalc.render.columns import decimal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.analysis.result import Analysis, Row
    from cnncalc.draw.subject import Subject
    from cnncalc.draw.svg import Mark

SLICES = 6
"""Slices of a volume that are drawn."""


def picture(subject: Subject) -> Picture:
    """The picture.

    Raises:
        UsageError: the layer slides no window.
    """
    analysis = subject.analysis
    row = subject.row(lambda one: bool(one.fits))
    axes = axes_of(analysis, row)
    if not slides(axes):
        raise UsageError(_refusal(analysis, row))
    most = subject.options.cells if len(axes) < 3 else subject.options.cells or 10  # noqa: PLR2004 (a volume has slices)
    shown_places = [
        places(axis.first, axis.last, most if i >= len(axes) - 2 else SLICES) for i, axis in enumerate(axes)
    ]
    grids, height = _grids(axes, shown_places)
    rules = ""
    still: tuple[str, ...] = ()
    if subject.options.animate:
        windows, rules = steps.windows(axes, shown_places)
        still = () if windows else ("The window is not whole within what is drawn, or of slices: it does not move.",)
    else:
        windows = steps.first(axes, shown_places)
    if len(axes) == 1:
        rungs, more = steps.ladder(axes[0], shown_places[0], height + 4)
        grids, height = [*grids, *rungs], height + 4 + more
    below, more = cells.legend(cells.kinds(axes, shown_places, Axis.count), _most(axes, shown_places), height + 6)
    about = (*sizes(analysis, row), *_losses(axes), *_holes(axes), *_cut(axes, shown_places), *still)
    title = f"{row.node.path}: {row.node.op} on {shown(_before(analysis, row))} gives {shown(row.node.shape or ())}"
    return compose("coverage", title, about, (*grids, *windows, *below), height + 6 + more, rules)


def _before(analysis: Analysis, row: Row) -> tuple[int, ...]:
    return (analysis.graph.shapes_into(row.node) or ((),))[0]


def _most(axes: Sequence[Axis], shown_places: Sequence[Sequence[int | None]]) -> int:
    return prod(
        max((axis.count(p) for p in part if p is not None), default=0)
        for axis, part in zip(axes, shown_places, strict=True)
    )


def _grids(axes: Sequence[Axis], shown_places: Sequence[list[int | None]]) -> tuple[list[Mark], float]:
    """One grid; of a volume one per slice."""
    if len(axes) < 3:  # noqa: PLR2004 (a plane)
        return cells.grid(axes, shown_places, Axis.count)
    return cells.slices(axes, shown_places, Axis.count)


def sizes(analysis: Analysis, row: Row) -> list[str]:
    """The formula of the size, with its numbers, and the exact fraction."""
    facts = FactBook(analysis.graph).of(row.node)
    found = []
    for one in size_steps(row, facts) if facts else ():
        if not one.formula:
            continue
        exact = (
            f", exactly {one.exact} = {decimal(one.exact)}"
            if one.exact is not None and one.exact.denominator > 1
            else ""
        )
        found.append(f"{one.axis}: {one.numbers} = {one.result}{exact}")
    return found


def _losses(axes: Sequence[Axis]) -> list[str]:
    """What no window reads at the far edge."""
    found = []
    for axis in axes:
        lost = max(axis.last - axis.reach, 0)
        real = max(axis.size - 1 - max(axis.reach, -1), 0)
        of = f"{real} of the input" if real else "of the padding, none of the input"
        found.append(
            f"{lost} {'place' if lost == 1 else 'places'} behind the last window never read: {of}" if lost else ""
        )
    return _by_axis(found)


def _holes(axes: Sequence[Axis]) -> list[str]:
    """Places between windows, or between the taps of a dilated one."""
    found = []
    for axis in axes:
        near = range(max(axis.first, 0), min(axis.reach, axis.size - 1, max(axis.first, 0) + 4096) + 1)
        holes = sum(not axis.count(place) for place in near)
        plain = isinstance(axis.map, Window) and axis.map.dilation == 1
        why = "the stride is wider than the window" if plain else "stride and dilation step over them"
        found.append(f"{holes} of {len(near)} places between the windows never read: {why}" if holes else "")
    return _by_axis(found)


def _cut(axes: Sequence[Axis], shown_places: Sequence[Sequence[int | None]]) -> list[str]:
    """That the middle is left out."""
    found = []
    for axis, part in zip(axes, shown_places, strict=True):
        count = axis.last - axis.first + 1
        found.append(f"the middle {count - len(part) + 1} of {count} places are not drawn" if None in part else "")
    return _by_axis(found)


def _by_axis(said: Sequence[str]) -> list[str]:
    """What is said about axes; about equal ones once."""
    names: dict[str, list[str]] = {}
    for name, text in zip(AXES[len(said)], said, strict=True):
        names.setdefault(text, []).append(name)
    return [f"{' and '.join(axes)}: {text}" for text, axes in names.items() if text]


def _refusal(analysis: Analysis, row: Row) -> str:
    having = [one.node.path for one in analysis.rows if one.fits][:5]
    hint = f"; layers that have: {', '.join(having)}" if having else ""
    if scatters(axes_of(analysis, row)):
        return f"{row.node.path} is a {row.node.op}, whose windows write: draw overlap {row.node.path}"
    return f"{row.node.path} is a {row.node.op}, which slides no window over its input: coverage shows windows{hint}"
