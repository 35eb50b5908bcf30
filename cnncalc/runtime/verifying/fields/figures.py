"""What outputs see, read off marks: from the outputs that a marked row reaches to the rows that an output sees."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cnncalc.analysis.field.positions import View


class Seen(NamedTuple):
    """The rows that outputs see, without borders. Pixels of the input; None where the marks do not tell.

    ``size``, ``coverage``: at the centre of the output; ``start``, ``centre``: of output 0; ``smallest``, ``largest``: over
    all outputs.
    """

    size: int | None
    start: Fraction | None
    jump: Fraction
    centre: Fraction | None
    coverage: Fraction | None
    smallest: int | None
    largest: int | None


def rows_wanted(views: Iterable[View], period: int) -> tuple[int, ...]:
    """The fewest marked rows, counted from the first mark, that tell every field's first and last row apart from its neighbours.

    Two rows with the same place in a step show the same. Of a field with holes they show its ends.
    """
    chosen: set[int] = set()
    for view in sorted(set(views), key=lambda view: -view.shift):
        for phase in view.phases[: view.period]:
            for edge in (phase.first - 1, phase.first, phase.last, phase.last + 1):
                if not any((row - edge) % view.shift == 0 for row in chosen):
                    chosen.add(edge % view.shift)
    return tuple(sorted(chosen)) if len(chosen) < period else tuple(range(period))


def repeats(views: Iterable[View], rows: Sequence[int]) -> tuple[int, ...]:
    """Of the marked rows those that are marked once more a period later, so that every layer shows how far it has moved."""
    left = set(views)
    found: list[int] = []
    while left:
        best = max(rows, key=lambda row: sum(_hit(view, row) for view in left))
        hit = {view for view in left if _hit(view, best)}
        if not hit:
            break
        found.append(best)
        left -= hit
    return tuple(found)


def _hit(view: View, row: int) -> bool:
    """Whether an output sees a row."""
    phases = (view.phases[o].stretches() for o in range(view.period))
    return any(
        (last - row) // view.shift != (first - 1 - row) // view.shift for phase in phases for first, last in phase
    )


def moved(reached: Mapping[int, Sequence[int]], period: int) -> int | Literal["whole"] | None:
    """By how many outputs the pattern moves in a period of rows.

    ``whole`` if two rows reach the same outputs, all that there are; None if what a period later is reached is no copy.
    """
    found: set[int] = set()
    for row, outputs in reached.items():
        later = reached.get(row + period)
        if later is None or not (outputs or later):
            continue
        if len(outputs) != len(later) or not outputs:
            return None
        by = later[0] - outputs[0]
        if any(b - a != by for a, b in zip(outputs, later, strict=True)):
            return None
        found.add(by)
    if len(found) != 1:
        return None
    return found.pop() or "whole"


def seen_from(
    reached: Mapping[int, Sequence[int]], by: int, period: int, first: int, outputs: int, phases: int
) -> Seen:
    """The fields of a layer.

    Args:
        reached: for marked rows of one period, from ``first`` on, the outputs that they reach.
        by: how many outputs a period moves.
        period: rows after which everything comes again.
        first: the row that is counted as 0.
        outputs: how many outputs the layer has in the network itself.
        phases: outputs after which the pattern comes again at the latest. With all rows of a period marked nothing is
            taken from it; with fewer, a wrong one mixes fields that differ, and they are too wide.
    """
    marked = {row for row in reached if row < period}
    jump = Fraction(period, by)
    turn = by if len(marked) == period else phases
    step = jump * turn
    if step.denominator != 1:
        return Seen(None, None, jump, None, None, None, None)
    fields: list[set[int]] = [set() for _ in range(turn)]
    for row in marked:
        for output in reached[row]:
            turns, phase = divmod(output, turn)
            fields[phase].add(first + row - turns * step.numerator)
    places = {(first + row) % step.numerator for row in marked}
    known = [_Phase.of(field, places, step.numerator) for field in fields]
    kept = [phase.width for phase in known[:outputs]]
    widths = [width for width in kept if width is not None]
    whole = len(widths) == len(kept)
    middle, zeroth = known[outputs // 2 % turn], known[0]
    told = zeroth.width is not None
    return Seen(
        middle.width,
        Fraction(zeroth.first) if told else None,
        jump,
        Fraction(zeroth.first + zeroth.last, 2) if told else None,
        middle.coverage,
        min(widths) if whole else None,
        max(widths) if whole else None,
    )


class _Phase(NamedTuple):
    """The field of one output. ``width`` is None where the marks do not tell; an empty field begins at 0 and ends at -1."""

    first: int
    last: int
    width: int | None
    coverage: Fraction | None

    @classmethod
    def of(cls, rows: set[int], places: set[int], step: int) -> _Phase:
        if not rows:
            return cls(0, -1, 0 if len(places) == step else None, Fraction(0))
        first, last = min(rows), max(rows)
        if (first - 1) % step not in places or (last + 1) % step not in places:
            return cls(first, last, None, None)
        width = last - first + 1
        tried = sum(row % step in places for row in range(first, last + 1))
        complete = len(places) == step or len(rows) == tried
        return cls(first, last, width, Fraction(len(rows), tried) if complete else None)
