"""Grids of cells: one per place of an axis, by what it is and how often it is read or written."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from cnncalc.draw.picture import INNER, LINE
from cnncalc.draw.svg import Mark, hidden, moved, rect, words
from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cnncalc.draw.reading import Axis

    Places = Sequence[int | None]
    Count = Callable[[Axis, int], int]

SIZE = 17.0
"""Units of a cell where there is room."""

GAP = 7.0
"""Units where places are left out."""

LABEL = 18.0
"""Room for the numbers of the rows."""

STEPS = 5
"""Steps of colour for how often a place is read."""

DIGIT = 5.4
"""Units of a digit in a cell."""


class Scale(NamedTuple):
    """Where the places of an axis are drawn: the side of a cell, and the beginning of each place."""

    cell: float
    starts: dict[int, float]
    end: float
    gaps: tuple[float, ...]


def scale(places: Places, cell: float) -> Scale:
    """Places one after the other."""
    starts: dict[int, float] = {}
    gaps: list[float] = []
    at = 0.0
    for place in places:
        if place is None:
            gaps.append(at + GAP / 2)
            at += GAP
        else:
            starts[place] = at
            at += cell
    return Scale(cell, starts, at, tuple(gaps))


def side(places: Sequence[Places], room: float = INNER) -> float:
    """The side of the cells of a grid that has to fit."""
    wide = places[-1]
    room -= LABEL + GAP * wide.count(None)
    return min(SIZE, room / sum(place is not None for place in wide))


def grid(axes: Sequence[Axis], places: Sequence[Places], count: Count) -> tuple[list[Mark], float]:
    """The cells of a line or of a plane, and the height."""
    marks, bottom = _cells(axes, places, side(places), count, 1, "", 0.0)
    return marks, bottom


def slices(axes: Sequence[Axis], places: Sequence[Places], count: Count) -> tuple[list[Mark], float]:
    """The slices of a volume, two in a row, each under a line that names it; and the height."""
    marks: list[Mark] = []
    top = bottom = 0.0
    place = 0
    for depth in places[0]:
        if depth is None:
            top, place = bottom + GAP, place + place % 2
            marks.append(words(0, top + 4, "⋮", "s"))
            continue
        top = bottom if place % 2 == 0 and bottom > top else top
        made, height = _slice(axes, depth, places[1:], count)
        marks.append(moved(made, place % 2 * (INNER / 2 + 2), top))
        bottom = max(bottom, top + height)
        place += 1
    return marks, bottom


def _slice(axes: Sequence[Axis], depth: int, places: Sequence[Places], count: Count) -> tuple[list[Mark], float]:
    kind, times = axes[0].kind(depth), count(axes[0], depth)
    what = {"real": "", "pad": ", padding", "lost": ", never read"}[kind]
    head = words(0, 9, f"depth {depth}{what}", "s")
    cell = side(places, INNER / 2 - 4)
    marks, bottom = _cells(axes[1:], places, cell, count, times, f"depth {depth}, ", 14, outer=kind)
    return [head, *marks], bottom + 6


def _cells(
    axes: Sequence[Axis],
    places: Sequence[Places],
    cell: float,
    count: Count,
    times: int,
    prefix: str,
    top: float,
    outer: str = "real",
) -> tuple[list[Mark], float]:
    rows, columns = (
        (scale(places[0], cell), scale(places[-1], cell)) if len(axes) > 1 else (None, scale(places[-1], cell))
    )
    most = times * prod(
        max((count(axis, p) for p in part if p is not None), default=0) for axis, part in zip(axes, places, strict=True)
    )
    marks = [hidden(_numbers(rows, columns, top))]
    top += LINE
    for x_place, x in columns.starts.items():
        for y_place, y in rows.starts.items() if rows else ((None, 0.0),):
            at = (x_place,) if y_place is None else (y_place, x_place)
            found = times * prod(count(axis, place) for axis, place in zip(axes, at, strict=True))
            kind = _kind(axes, at, outer)
            marks += _cell(LABEL + x, top + y, cell, kind, found, most, f"{prefix}{_named(at)}")
    return marks, top + (rows.end if rows else cell)


def _kind(axes: Sequence[Axis], at: Sequence[int], outer: str) -> str:
    kinds = {outer, *(axis.kind(place) for axis, place in zip(axes, at, strict=True))}
    return "lost" if "lost" in kinds else "pad" if "pad" in kinds else "real"


def _cell(x: float, y: float, cell: float, kind: str, found: int, most: int, place: str) -> list[Mark]:
    what = {"real": "", "pad": ", padding", "lost": ", behind the last window"}[kind]
    css = {"real": colour(found, most), "pad": "pad", "lost": "lost"}[kind] if found or kind != "real" else "unread"
    title = f"{place}{what}: {told(found)}"
    marks = [rect(x, y, cell, cell, f"cell {css}" + (" dash" if kind == "pad" else ""), title)]
    if DIGIT * len(str(most)) <= cell:
        marks.append(words(x + cell / 2, y + cell / 2 + 3, str(found), "t m"))
    return marks


def colour(found: int, most: int) -> str:
    """A step of blue for a count."""
    return f"c{-(-found * STEPS // max(most, 3))}" if found else "c0"


def told(found: int) -> str:
    """How often, in words."""
    return {0: "never", 1: "once", 2: "twice"}.get(found, f"{found:,} times")


def _named(at: Sequence[int]) -> str:
    return f"row {at[0]}, column {at[1]}" if len(at) > 1 else f"place {at[0]}"


def _numbers(rows: Scale | None, columns: Scale, top: float) -> list[Mark]:
    """The numbers of rows and columns, as many as there is room for."""
    marks = [words(LABEL + x + columns.cell / 2, top + 9, str(p), "t m soft") for p, x in _some(columns).items()]
    marks += [words(LABEL + x, top + 9, "⋯", "t m soft") for x in columns.gaps]
    if rows is not None:
        marks += [
            words(LABEL - 3, top + LINE + y + rows.cell / 2 + 3, str(p), "t e soft") for p, y in _some(rows, 10).items()
        ]
        marks += [words(LABEL - 6, top + LINE + y + 4, "⋮", "t m soft") for y in rows.gaps]
    return marks


def _some(axis: Scale, room: int = 0) -> dict[int, float]:
    room = room or 5 * max(len(str(place)) for place in axis.starts) + 4
    every = max(1, -(-room // int(axis.cell)))
    return {p: x for i, (p, x) in enumerate(axis.starts.items()) if i % every == 0}


def kinds(axes: Sequence[Axis], places: Sequence[Places], count: Count) -> set[str]:
    """Which kinds of cells a grid has."""
    found: set[str] = set()
    for axis, part in zip(axes, places, strict=True):
        for place in part:
            if place is not None:
                kind = axis.kind(place)
                found.add("unread" if kind == "real" and not count(axis, place) else kind)
    return found


_MEANING = {"pad": "padding", "lost": "behind the last window", "unread": "between windows, never read"}


def legend(found: set[str], most: int, top: float, verb: str = "read") -> tuple[list[Mark], float]:
    """What the colours mean, and the height of that."""
    entries = [(colour(1, most), f"{verb} once")] if most else []
    entries += [(colour(most, most), f"{verb} {most:,} times")] if most > 1 else []
    entries += [(kind, text) for kind, text in _MEANING.items() if kind in found]
    marks: list[Mark] = []
    x, y = LABEL, top
    for css, text in entries:
        wide = 16 + 5.0 * len(text)
        if x + wide > INNER and x > LABEL:
            x, y = LABEL, y + LINE + 2
        marks.append(rect(x, y, 9, 9, f"cell {css}" + (" dash" if css == "pad" else ""), text))
        marks.append(words(x + 13, y + 8, text, "s"))
        x += wide + 6
    return marks, y - top + LINE
