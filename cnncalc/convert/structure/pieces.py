"""Lines of a spec as trees that can be compared: what they look like without their numbers, and their numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from cnncalc.convert.blocks import NUMBER
from cnncalc.convert.lines import tidy
from cnncalc.convert.tree import Line
from cnncalc.record import NamedTuple
from cnncalc.spec.expression import whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

IN_NAMES = re.compile(r"(?:(?<!\d)(?:0|[1-9]\d*)(?!\d)|(?<=\d)[a-z](?![A-Za-z]))(?![^{}]*\})")
"""Numbers in names, and letters that count: the 2 and the a of ``res2a_branch``."""

_REPEAT = re.compile(r"repeat\(\d+(?: as \w+)?, (\w+)[^|:]*$")

WORD = re.compile(r"[^\W\d]\w*")


class Figure(NamedTuple):
    """A number of a line: its value, how it stands there, and for numbers of layers the channels that enter.

    ``kind``: n for a number in a name, l for a letter in one, t for a number of a layer, a for a number that a call gives a name.
    """

    kind: str
    value: int | Fraction
    entering: int | None = None
    before: str = ""


@dataclass(eq=False)
class Piece:
    """A line; ``parts`` are the paths of a merge, ``body`` is what stands below any other head."""

    name: str | None
    text: str
    parts: list[list[Piece]] = field(default_factory=list)
    body: list[Piece] = field(default_factory=list)

    def below(self) -> Iterator[list[Piece]]:
        """The sequences directly below."""
        yield from self.parts
        if self.body:
            yield self.body

    def all(self) -> Iterator[Piece]:
        """The line and all below it."""
        yield self
        for sequence in self.below():
            for piece in sequence:
                yield from piece.all()

    def length(self) -> int:
        """Lines of text."""
        return sum(1 for _ in self.all())


def pieces(lines: Iterable[Line]) -> list[Piece]:
    """Lines as trees."""
    made = []
    for line in lines:
        if line.name is None and not line.text and line.below:
            made += pieces(line.below)
        elif line.text.endswith(":") and not line.text.startswith(("repeat(", "shared(")):
            made.append(Piece(line.name, line.text, [_path(part) for part in line.below]))
        else:
            made.append(Piece(line.name, line.text, [], pieces(line.below)))
    return made


def _path(line: Line) -> list[Piece]:
    return pieces(line.below) if line.name is None and not line.text and line.below else pieces([line])


def figures(piece: Piece, calls: Mapping[str, int]) -> Iterator[Figure]:
    """All numbers of a line and of what is below it, in the order of the text. ``calls``: how many numbers of a block's calls are for names."""
    for one in piece.all():
        for match in IN_NAMES.finditer(one.name or ""):
            letter = not match[0].isdigit()
            before = (one.name or "")[: match.start()]
            yield Figure("l" if letter else "n", ord(match[0]) - ord("a") if letter else int(match[0]), None, before)
        repeat = _REPEAT.match(one.text)
        begin = repeat.start(1) if repeat else 0
        naming = calls.get(repeat[1] if repeat else one.text.partition(" ")[0], 0)
        for match in NUMBER.finditer(one.text):
            place = one.text.count(" ", begin, match.start()) - 1 if match.start() > begin else -1
            entering = int(match[2]) if match[2] else None
            yield Figure(
                "a" if 0 <= place < naming else "t", whole(Fraction(match[1])), entering, one.text[: match.start()]
            )


def look(piece: Piece, known: frozenset[str]) -> tuple[object, ...]:
    """What a line is like without its numbers, and without the names of values that it reads."""
    name = None if piece.name is None else IN_NAMES.sub(lambda m: "#" if m[0].isdigit() else "@", piece.name)
    if piece.name is not None and piece.text == "id":
        name = "="
    text = referring(NUMBER.sub("#", piece.text), dict.fromkeys(known, "$"))
    parts = tuple(tuple(look(one, known) for one in part) for part in piece.parts)
    return name, text, parts, tuple(look(one, known) for one in piece.body)


def reads(piece: Piece, known: frozenset[str]) -> list[str]:
    """The names of values that a line reads, in the order of the text."""
    return [word for one in piece.all() for word in WORD.findall(one.text.partition(" ")[2]) if word in known]


def referring(text: str, names: Mapping[str, str]) -> str:
    """A text with other names for the values that it reads; its first word is what it does."""
    head, blank, rest = text.partition(" ")
    return head + blank + WORD.sub(lambda m: names.get(m[0], m[0]), rest)


def gives(piece: Piece) -> list[str]:
    """The names that a line gives."""
    return [one.name for one in piece.all() if one.name is not None]


def lines(sequence: Iterable[Piece]) -> list[Line]:
    """Trees as lines again."""
    return tidy([_line(piece) for piece in sequence])


def _line(piece: Piece) -> Line:
    if piece.parts:
        below = [lines(part) for part in piece.parts]
        return Line(
            piece.name, piece.text, tuple(part[0] if len(part) == 1 else Line(None, "", tuple(part)) for part in below)
        )
    return Line(piece.name, piece.text, tuple(lines(piece.body)))
