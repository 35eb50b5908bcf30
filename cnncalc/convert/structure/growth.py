"""Values that are gathered: every turn begins with all values so far side by side, as in densely connected networks."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from cnncalc.convert.structure.templates import counted
from cnncalc.convert.tree import Op, Scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    Items = list[Op | Scope]

_MARKS = re.compile("\x01[0-9]+\x01")


@dataclass(eq=False)
class Gathering(Scope):
    """Turns of one kind, each behind a concat of all values so far; its value is the last concat's.

    ``items`` holds all operations; ``turns`` what stands between the concats. The modules of the first turn have names
    for all of them.
    """

    turns: list[Scope] = field(default_factory=list)


def gathered(items: Items, leaving: Sequence[int]) -> Items:
    """The items of a module, with every chain of concats that grow by one value as a ``Gathering``."""
    opened, origin = _opened(items)
    if not any(map(_begins, opened)):
        return items
    uses = Counter([*leaving, *(value for op in _ops(opened) for value in _read(op))])
    result: Items = []
    place = 0
    while place < len(opened):
        chain = _chain(opened, place, uses) if _begins(opened[place]) else []
        if chain:
            result.append(_made(opened, chain))
            place = chain[-1] + 1
        else:
            result.append(opened[place])
            place += 1
    return list(_closed(result, origin))


def _opened(items: Items) -> tuple[Items, dict[int, Scope]]:
    """The items with concats at the beginning of modules before them, and the modules that these were taken from."""
    opened: Items = []
    origin: dict[int, Scope] = {}
    for item in items:
        first = item.items[0] if isinstance(item, Scope) and item.items else None
        if isinstance(item, Scope) and isinstance(first, Op) and _is_concat(first) and _only_gathers(item, first):
            rest = Scope(item.path, item.name, item.kind, item.items[1:], item.plain, item.shared, outputs=item.outputs)
            origin[id(rest)] = item
            opened += [first, rest]
        else:
            opened.append(item)
    return opened, origin


def _closed(items: Items, origin: dict[int, Scope]) -> Iterator[Op | Scope]:
    """The modules whose concats were of no use before them as they were."""
    for place, item in enumerate(items):
        following = items[place + 1] if place + 1 < len(items) else None
        if not (isinstance(following, Scope) and id(following) in origin and origin[id(following)].items[0] is item):
            yield origin.get(id(item), item) if isinstance(item, Scope) else item


def _is_concat(item: Op | Scope) -> bool:
    return isinstance(item, Op) and item.merge and item.text == "concat" and not item.arguments and item.name is None


def _begins(item: Op | Scope) -> bool:
    return isinstance(item, Op) and _is_concat(item) and len(item.inputs) == 1


def _only_gathers(scope: Scope, first: Op) -> bool:
    """Whether what enters a module is read by its first operation alone."""
    if len(scope.outputs) != 1 or scope.inline or scope.shared is not None or len(scope.items) == 1:
        return False
    made = {op.output for op in scope.ops()}
    return all(value in made for op in scope.ops()[1:] for value in _read(op)) and first.output not in scope.outputs


def _read(op: Op) -> tuple[int, ...]:
    return (*op.inputs, *op.references)


def _ops(items: Iterable[Op | Scope]) -> list[Op]:
    return [op for item in items for op in ([item] if isinstance(item, Op) else item.ops())]


def _chain(items: Items, start: int, uses: Counter[int]) -> list[int]:
    """The places of concats of which each has one value more than the one before; none if they are less than three."""
    places = [start]
    for place in range(start + 1, len(items)):
        item, last = items[place], items[places[-1]]
        if not (isinstance(item, Op) and isinstance(last, Op) and _is_concat(item)):
            continue
        if item.inputs[:-1] == last.inputs and _is_turn(items[places[-1] + 1 : place], last.output, item.inputs[-1]):
            places.append(place)
    whole = len(places) > 2 and _is_closed(items, places, uses) and _names(items, places) is not None  # noqa: PLR2004 (two turns)
    return places if whole else []


def _is_turn(body: Items, entering: int, leaving: int) -> bool:
    """Whether a stretch reads one value, and makes another."""
    ops = _ops(body)
    made = {op.output for op in ops}
    return leaving in made and all(value == entering or value in made for op in ops for value in _read(op))


def _is_closed(items: Items, places: list[int], uses: Counter[int]) -> bool:
    """Whether nothing but the chain reads what is made in it, its last concat excepted."""
    stretch = items[places[0] : places[-1] + 1]
    inside = Counter(value for op in _ops(stretch) for value in _read(op))
    return all(uses[op.output] == inside[op.output] for op in _ops(stretch[:-1]))


def _turns(items: Items, places: list[int]) -> list[Items]:
    return [items[a + 1 : b] for a, b in pairwise(places)]


def _names(items: Items, places: list[int]) -> list[str | None] | None:
    """The names of the modules of a turn, for all turns; None if these differ in more than numbers of names."""
    turns = _turns(items, places)
    concats = [items[place] for place in places[:-1]]
    looks = {tuple(_look(turn, concat)) for turn, concat in zip(turns, concats, strict=True)}
    if len(looks) > 1:
        return None
    named = [counted([item.name for item in row]) for row in zip(*turns, strict=True)]
    return None if "" in named else named


def _look(turn: Items, concat: Op | Scope) -> Iterator[object]:
    """What a turn is like, but for the names of its own modules and the numbers that follow from what enters."""
    known = {concat.output: 0} if isinstance(concat, Op) else {}
    for item in turn:
        yield from _told(item, known, own=True)


def _told(item: Op | Scope, known: dict[int, int], *, own: bool = False) -> Iterator[object]:
    name = item.name is None if own else item.name
    if isinstance(item, Scope):
        yield name, item.kind, item.plain, item.shared, item.inline, len(item.items)
        for inner in item.items:
            yield from _told(inner, known)
        return
    read = tuple(known.get(value, -1) for value in _read(item))
    known[item.output] = len(known)
    yield name, _MARKS.sub("", item.text), read, item.merge, item.arguments, item.shared


def _made(items: Items, places: list[int]) -> Gathering:
    """The chain as one item; the first turn gets the names of all."""
    bodies = _turns(items, places)
    names = _names(items, places) or []
    turns = []
    for body, place in zip(bodies, places[1:], strict=True):
        concat = items[place]
        last = concat.inputs[-1] if isinstance(concat, Op) else 0
        turns.append(Scope("", None, "turn", list(body), outputs=[last]))
    for item, name in zip(bodies[0], names, strict=True):
        item.name = name
    last_concat = items[places[-1]]
    outputs = [last_concat.output] if isinstance(last_concat, Op) else []
    return Gathering("", None, "concat", items[places[0] : places[-1] + 1], outputs=outputs, turns=turns)
