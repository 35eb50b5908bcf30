"""Chains of lines that come again, as blocks without a place and as repeats: names stay what they are."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from cnncalc.convert.blocks import NUMBER, clean
from cnncalc.convert.lines import render
from cnncalc.convert.structure.parameters import Parameters
from cnncalc.convert.structure.pieces import (
    IN_NAMES,
    WORD,
    Piece,
    figures,
    gives,
    lines,
    look,
    pieces,
    reads,
    referring,
)
from cnncalc.convert.structure.turns import repeats
from cnncalc.convert.words import is_taken, snake

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cnncalc.convert.tree import Line

    Place = tuple[list[Piece], int]

LONGEST = 16
"""Lines of one sequence that a block can have."""

_MOST = 12
"""Parameters that a block can have."""

_ROUNDS = 40

_BY_HEAD = {"concat": "branches", "add": "residual", "mul": "gated", "repeat(": "turns"}
"""What a block is called that has no name: by the first of these that it has."""


class Folder:
    """Finds what comes again in the lines of a flat network."""

    def __init__(self, layers: Iterable[Line], values: Iterable[str], outside: Iterable[str]) -> None:
        """The lines; the names of values that lines read, and of those that are read from outside."""
        self.top = pieces(layers)
        self.known = frozenset(values)
        self.outside = set(outside)
        self.calls: dict[str, int] = {}
        self.blocks: list[tuple[str, list[str]]] = []
        self.words = {
            word for piece in self.top for one in piece.all() for word in WORD.findall(f"{one.name} {one.text}")
        }
        self.refused: set[tuple[int, ...]] = set()

    def fold(self) -> tuple[list[str], list[tuple[str, list[str]]]]:
        """The lines as text, and the blocks: signatures and bodies."""
        for _ in range(_ROUNDS):
            if not self.step():
                break
            self.repeat()
        self.repeat()
        return [clean(line) for line in render(self.apart())], self.blocks

    def apart(self) -> list[Line]:
        """The lines of the network, with every call of a block on a line of its own."""
        result: list[Line] = []
        between: list[Piece] = []
        for piece in self.top:
            if piece.text.partition(" ")[0] in self.calls or piece.text.startswith("repeat("):
                result += [*lines(between), *lines([piece])]
                between = []
            else:
                between.append(piece)
        return [*result, *lines(between)]

    def repeat(self) -> None:
        """Neighbours that count become repeats."""
        kept = self.kept()
        for sequence in self.sequences():
            sequence[:] = repeats(sequence, self.known, self.calls, kept)

    def sequences(self) -> list[list[Piece]]:
        """All lists of lines, the innermost last; not those within repeats that count, whose lines stand for several."""
        found = [self.top]
        for sequence in found:
            found += [inner for piece in sequence if " as i" not in piece.text for inner in piece.below()]
        return found

    def kept(self) -> set[str]:
        """Names of values that somebody reads."""
        return self.outside | {name for piece in self.top for name in reads(piece, self.known)}

    # ------------------------------------------------------------------------------------------ search

    def step(self) -> bool:
        """Make the block that saves most lines; False if none saves any."""
        found = self.found()
        for _, key in sorted(
            ((self.gain(key, places), key) for key, places in found.items()), key=lambda pair: -pair[0]
        ):
            if self.gain(key, found[key]) < 3:  # noqa: PLR2004 (a block of its own must be worth it)
                return False
            if key not in self.refused and self.extract(found[key], len(key)):
                return True
            self.refused.add(key)
        return False

    def found(self) -> dict[tuple[int, ...], list[Place]]:
        """Where every stretch of lines stands that comes more than once, none of them over another."""
        places: dict[tuple[int, ...], list[Place]] = {}
        numbers: dict[object, int] = {}
        self.weights: dict[int, int] = {}
        self.plain: set[int] = set()
        for sequence in self.sequences():
            ids = []
            for piece in sequence:
                kind = numbers.setdefault(look(piece, self.known), len(numbers))
                self.weights[kind] = piece.length()
                if not piece.parts and not piece.body and not NUMBER.search(piece.text):
                    self.plain.add(kind)
                ids.append(-1 if "\x02" in piece.text or piece.text.startswith("shared(") else kind)
            for start in range(len(ids)):
                for end in range(start + 1, min(len(ids), start + LONGEST) + 1):
                    if ids[end - 1] == -1:
                        break
                    places.setdefault(tuple(ids[start:end]), []).append((sequence, start))
        several = {key: _apart(where, len(key)) for key, where in places.items() if len(where) > 1}
        return {key: where for key, where in several.items() if len(where) > 1}

    def gain(self, key: tuple[int, ...], places: list[Place]) -> float:
        """Lines that a block saves; of equals the one that does not begin with an activation."""
        own = sum(self.weights[kind] for kind in key)
        if own == 1:
            return 0
        near = sum(a[0] is b[0] and a[1] + len(key) == b[1] for a, b in pairwise(places))
        calls = len(places) - 0.9 * near  # neighbours are one repeat, if their numbers count
        return len(places) * own - calls - own - 1 - (0.5 if key[0] in self.plain else 0)

    # ------------------------------------------------------------------------------------------ blocks

    def extract(self, places: list[Place], width: int) -> bool:
        """Put calls of one new block in place of stretches; False if they cannot be one."""
        inside = [sequence[start : start + width] for sequence, start in places]
        used = Counter([*self.outside, *(name for piece in self.top for name in reads(piece, self.known))])
        whole = [(place, body) for place, body in zip(places, inside, strict=True) if self.closed(body, used)]
        if len(whole) < 2 or whole[0][1][0].text.startswith("from "):  # noqa: PLR2004 (it comes again)
            return False
        bodies = [body for _, body in whole]
        locals_of = [self.local(body) for body in bodies]
        alike = [i for i, seen in enumerate(locals_of) if seen == locals_of[0]]
        bodies = [bodies[i] for i in alike]
        targets = [whole[i][0] for i in alike]
        if len(bodies) < 2:  # noqa: PLR2004 (it comes again)
            return False
        made = self.block(bodies)
        if made is None:
            return False
        for (sequence, start), call in sorted(zip(targets, made, strict=True), key=lambda pair: -pair[0][1]):
            sequence[start : start + width] = [Piece(None, call)]
        return True

    def closed(self, body: list[Piece], used: Counter[str]) -> bool:
        """Whether nothing outside reads what is named inside."""
        inside = Counter(name for piece in body for name in reads(piece, self.known))
        return all(used[name] == inside[name] for piece in body for name in gives(piece))

    def local(self, body: list[Piece]) -> list[int | None]:
        """For everything that is read the number of its name within; None for what comes from outside."""
        given = {name: number for number, name in enumerate(name for piece in body for name in gives(piece))}
        return [given.get(name) for piece in body for name in reads(piece, self.known)]

    def block(self, bodies: list[list[Piece]]) -> list[str] | None:
        """Define a block; gives the calls of it."""
        name = self.name(bodies)
        parameters = Parameters(self.words | {"i", name, *self.calls})
        rows = [[figure for piece in body for figure in figures(piece, self.calls)] for body in bodies]
        if len({tuple(figure.kind for figure in row) for row in rows}) > 1:
            return None
        said = iter([parameters.said(column) for column in zip(*rows, strict=True)])
        given = {name for piece in bodies[0] for name in gives(piece)}
        entering = [
            dict.fromkeys(
                n for piece in body for n in reads(piece, self.known) if n not in {g for p in body for g in gives(p)}
            )
            for body in bodies
        ]
        if len({len(names) for names in entering}) > 1 or len(parameters.names()) + len(entering[0]) > _MOST:
            return None
        renamed = {name: f"y{number}" for number, name in enumerate(entering[0], 1)}
        inner = [name for piece in bodies[0] for name in reads(piece, self.known) if name in given]
        renamed |= {name: f"x_{number}" for number, name in enumerate(dict.fromkeys(inner), 1)}
        written = [self.written(piece, said, renamed) for piece in bodies[0]]
        if any((one.name or "").startswith("{") for piece in written for one in piece.all()):
            return None
        if any(one.name in renamed.values() and one.text != "id" for piece in written for one in piece.all()):
            return None
        text = [clean(line) for line in render(lines(written))]
        self.calls[name] = len(parameters.naming)
        signature = ", ".join([*parameters.names(), *(f"y{i + 1}" for i in range(len(entering[0])))])
        self.blocks.append((f"{name}({signature}) inline" if signature else f"{name} inline", text))
        return [" ".join([name, *parameters.values(i), *entering[i]]) for i in range(len(bodies))]

    def written(self, piece: Piece, said: Iterator[str], renamed: dict[str, str]) -> Piece:
        """A line with what its numbers are called."""
        name = piece.name
        if name is not None:
            template = IN_NAMES.sub(lambda _: next(said), name)
            name = renamed.get(name, template)
        text = NUMBER.sub(lambda _: next(said), referring(piece.text, renamed))
        parts = [[self.written(one, said, renamed) for one in part] for part in piece.parts]
        return Piece(name, text, parts, [self.written(one, said, renamed) for one in piece.body])

    def name(self, bodies: Sequence[Sequence[Piece]]) -> str:
        """A name for a block: the word that its names begin with, else what it does."""
        names = [name for body in bodies for piece in body for name in gives(piece)]
        words = [re.findall(r"[^\W\d_]{3,}", name) for name in names]
        common = [word for word in (words[0] if words else []) if all(word in other for other in words)]
        heads = [piece.text.split(" ")[0].rstrip(":") for piece in bodies[0]]
        usual = next((_BY_HEAD[head] for head in heads if head in _BY_HEAD), "_".join(dict.fromkeys(heads[:3])))
        said = [word for word in common if not is_taken(word.lower())]
        base = snake(said[-1] if said else usual)
        name, number = base, 1
        while name in self.calls or name in self.words or is_taken(name):
            number += 1
            name = f"{base}_{number}"
        return name


def _apart(places: list[Place], width: int) -> list[Place]:
    """Places of which none begins within the one before."""
    result: list[Place] = []
    for sequence, start in places:
        if not result or result[-1][0] is not sequence or start >= result[-1][1] + width:
            result.append((sequence, start))
    return result
