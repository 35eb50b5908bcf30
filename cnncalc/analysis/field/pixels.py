"""Sets of whole numbers on one axis, such as the pixels that an output sees, as stretches without holes.

What a set costs depends on its stretches, not on how large its numbers are. Many stretches are charged to a budget of the
whole walk: a network whose sets fall into more pieces than that gets no answer, instead of a late or a wrong one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

Stretch = tuple[int, int]
"""The first and the last number of a piece without holes."""

LARGEST = 2**62
"""Fields that reach further describe nothing that anybody builds; their squares still fit into a float."""


class TooFineError(Exception):
    """Sets fall into more pieces, or reach further, than anybody asks for: strange factors one after the other."""


class Budget:
    """How many pieces of sets one walk over a network may still make; plain sets of one piece are free."""

    __slots__ = ("left",)

    def __init__(self, pieces: int = 2**18) -> None:
        """At most this many."""
        self.left = pieces

    def charge(self, pieces: int) -> None:
        """Count pieces.

        Raises:
            TooFineError: nothing is left.
        """
        self.left -= pieces
        if self.left < 0:
            self.left = 0
            raise TooFineError


class Pixels(NamedTuple):
    """A set of whole numbers from ``first`` to ``last``.

    ``pieces`` are its stretches, counted from ``first``, in order and with holes between them; none if it has no holes.
    """

    first: int
    last: int
    pieces: tuple[Stretch, ...] = ()

    def moved(self, by: int) -> Pixels:
        """The same set further right."""
        return Pixels(self.first + by, self.last + by, self.pieces) if by else self

    @property
    def width(self) -> int:
        """From the first to the last, holes included."""
        return self.last - self.first + 1

    @property
    def size(self) -> int:
        """How many numbers it has."""
        return sum(last - first + 1 for first, last in self.pieces) if self.pieces else self.last - self.first + 1

    def stretches(self) -> list[Stretch]:
        """Its pieces without holes, in order; none of an empty set."""
        if not self.pieces:
            return [(self.first, self.last)] if self.first <= self.last else []
        return [(self.first + first, self.first + last) for first, last in self.pieces]

    def within(self, size: int) -> Pixels:
        """Those of 0 to ``size`` - 1."""
        if self.first >= 0 and self.last < size:
            return self
        if not self.pieces:
            first, last = max(self.first, 0), min(self.last, size - 1)
            return Pixels(first, last) if first <= last else EMPTY
        return gathered((max(a, 0), min(b, size - 1)) for a, b in self.stretches() if b >= 0 and a < size)


EMPTY = Pixels(0, -1)


def full(size: int) -> Pixels:
    """All of 0 to ``size`` - 1."""
    return Pixels(0, size - 1)


def one(place: int) -> Pixels:
    """A single number."""
    return Pixels(place, place)


def gathered(stretches: Iterable[Stretch]) -> Pixels:
    """The set of all numbers of stretches, which may overlap and come in any order."""
    pieces: list[Stretch] = []
    for first, last in sorted(stretches):
        if pieces and first <= pieces[-1][1] + 1:
            if last > pieces[-1][1]:
                pieces[-1] = (pieces[-1][0], last)
        else:
            pieces.append((first, last))
    if not pieces:
        return EMPTY
    start = pieces[0][0]
    holes = tuple((first - start, last - start) for first, last in pieces) if len(pieces) > 1 else ()
    return Pixels(start, pieces[-1][1], holes)


def union(sets: Iterable[Pixels], budget: Budget) -> Pixels:
    """All numbers of all sets."""
    found = [part for part in sets if part.first <= part.last]
    if not found:
        return EMPTY
    joined = found[0]
    for part in found:
        if part is joined or part == joined:
            continue
        if part.pieces or joined.pieces or part.first > joined.last + 1 or part.last < joined.first - 1:
            break
        joined = Pixels(min(joined.first, part.first), max(joined.last, part.last))
    else:
        return joined
    pieces = sum(len(part.pieces) or 1 for part in found)
    budget.charge(pieces - len(found))
    return gathered(stretch for part in found for stretch in part.stretches())


def repeated(pixels: Pixels, step: int, count: int, budget: Budget) -> Pixels:
    """The set and its copies, each ``step`` further than the one before: ``count`` of them.

    Copies are joined in doubling numbers, so that a million of them take twenty unions.
    """
    if count <= 1 or not step or pixels.first > pixels.last:
        return pixels if count > 0 else EMPTY
    if step < 0:
        return repeated(pixels.moved(step * (count - 1)), -step, count, budget)
    if not pixels.pieces and step <= pixels.width:
        return Pixels(pixels.first, pixels.last + step * (count - 1))
    if not pixels.pieces:
        budget.charge(count)
        return gathered((pixels.first + step * i, pixels.last + step * i) for i in range(count))
    known, made = pixels, 1
    while made < count:
        more = min(made, count - made)
        known = union((known, known.moved(step * more)), budget)
        made += more
    return known
