"""A layered layout of a graph of boxes: a row for every rank, columns for branches, lanes at the right for long connections.

Boxes are in the order of execution, so that connections only lead to later ones. A box lies below all that it reads. It takes
the column of what it reads first, if that is free. A connection that skips rows runs down its own column where that is empty
and else in a lane beside all columns; shorter ones get the inner lanes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

COLUMNS = 4
"""More boxes side by side are too narrow to read: the graph is then drawn with one box to a row."""

Way = Literal["down", "lane"]


class Place(NamedTuple):
    """Where a box is."""

    rank: int
    column: int


class Edge(NamedTuple):
    """A connection between boxes; ``lane`` counts from 0, the innermost, where the way is a lane."""

    source: int
    target: int
    way: Way
    lane: int = 0


class Layout(NamedTuple):
    """Places of the boxes, connections, and how many columns, lanes and rows there are."""

    places: tuple[Place, ...]
    edges: tuple[Edge, ...]
    columns: int
    lanes: int
    rows: int


def layout(inputs: Sequence[Sequence[int]]) -> Layout:
    """Lay out boxes.

    Args:
        inputs: for every box the earlier boxes that it reads.
    """
    ranks = _ranks(inputs)
    if max((ranks.count(rank) for rank in set(ranks)), default=0) > COLUMNS:
        ranks = list(range(len(inputs)))
    places = _columns(inputs, ranks)
    edges = _edges(inputs, places)
    return Layout(
        tuple(places),
        tuple(edges),
        1 + max((place.column for place in places), default=0),
        1 + max((edge.lane for edge in edges if edge.way == "lane"), default=-1),
        1 + max(ranks, default=-1),
    )


def _ranks(inputs: Sequence[Sequence[int]]) -> list[int]:
    """One more than the lowest of what a box reads."""
    ranks: list[int] = []
    for reads in inputs:
        ranks.append(1 + max((ranks[i] for i in reads), default=-1))
    return ranks


def _columns(inputs: Sequence[Sequence[int]], ranks: Sequence[int]) -> list[Place]:
    taken: set[Place] = set()
    places: list[Place] = []
    for i, reads in enumerate(inputs):
        wanted = min((places[j].column for j in reads), default=0)
        order = sorted(range(COLUMNS + 1), key=lambda column, wanted=wanted: (abs(column - wanted), column < wanted))  # type: ignore[misc] # bound at once
        free = next(column for column in order if Place(ranks[i], column) not in taken)
        places.append(Place(ranks[i], free))
        taken.add(places[-1])
    return places


def _edges(inputs: Sequence[Sequence[int]], places: Sequence[Place]) -> list[Edge]:
    found: list[Edge] = []
    long: list[tuple[int, int, int]] = []
    boxes = set(places)
    for target, reads in enumerate(inputs):
        for source in dict.fromkeys(reads):
            first, last = places[source], places[target]
            between = [Place(rank, first.column) for rank in range(first.rank + 1, last.rank)]
            if any(place in boxes for place in between):
                long.append((last.rank - first.rank, source, target))
            else:
                found.append(Edge(source, target, "down"))
                boxes.update(between)
    return found + _in_lanes(long, places)


def _in_lanes(long: Sequence[tuple[int, int, int]], places: Sequence[Place]) -> list[Edge]:
    """Lanes for connections, shortest first; those of one source share a lane."""
    used: list[list[tuple[int, int, int]]] = []
    found = []
    for _, source, target in sorted(long):
        top, bottom = places[source].rank, places[target].rank
        lane = next(
            (
                i
                for i, others in enumerate(used)
                if all(bottom <= a or top >= b or owner == source for a, b, owner in others)
            ),
            len(used),
        )
        if lane == len(used):
            used.append([])
        used[lane].append((top, bottom, source))
        found.append(Edge(source, target, "lane", lane))
    return found
