"""Neighbours that differ in counting numbers of their names only, as repeats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.convert.blocks import NUMBER
from cnncalc.convert.structure.pieces import IN_NAMES, Piece, figures, gives, look, reads
from cnncalc.convert.structure.templates import progression
from cnncalc.spec.expression import LETTERS
from cnncalc.spec.printer import print_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

WIDEST = 8
"""Lines of one turn."""


def repeats(sequence: list[Piece], known: frozenset[str], calls: Mapping[str, int], kept: set[str]) -> list[Piece]:
    """A sequence with repeats; names in ``kept`` are read somewhere, and stay."""
    looks = [look(piece, known) for piece in sequence]
    result: list[Piece] = []
    place = 0
    while place < len(sequence):
        best = (0, 0)
        for width in range(1, WIDEST + 1):
            times = 1
            while looks[place : place + width] == looks[place + times * width : place + (times + 1) * width]:
                times += 1
            while times > 1 and _turn(sequence, place, width, times, known, calls, kept) is None:
                times -= 1
            if times > 1 and (times - 1) * width > (best[1] - 1) * best[0]:
                best = (width, times)
        turn = _turn(sequence, place, *best, known, calls, kept) if best[1] > 1 else None
        result.append(sequence[place] if turn is None else turn)
        place += 1 if turn is None else best[0] * best[1]
    return result


def _turn(
    sequence: list[Piece],
    place: int,
    width: int,
    times: int,
    known: frozenset[str],
    calls: Mapping[str, int],
    kept: set[str],
) -> Piece | None:
    """The repeat of some turns; None if they are none."""
    turns = [sequence[place + turn * width : place + (turn + 1) * width] for turn in range(times)]
    if any(reads(piece, known) or set(gives(piece)) & kept or "\x02" in piece.text for turn in turns for piece in turn):
        return None
    if any(" as i" in one.text for piece in turns[0] for one in piece.all()):
        return None
    rows = [[figure for piece in turn for figure in figures(piece, calls)] for turn in turns]
    said, counts = [], False
    for column in zip(*rows, strict=True):
        numbers = [figure.value for figure in column]
        kind = column[0].kind
        if len(set(numbers)) == 1:
            said.append(LETTERS[int(numbers[0])] if kind == "l" else print_number(numbers[0]))
            continue
        text = progression([int(number) for number in numbers]) if kind != "t" else None
        if text is None:
            return None
        counts = True
        said.append(text if kind == "a" else f"{{letter({text})}}" if kind == "l" else f"{{{text}}}")
    body = list(_filled(turns[0], iter(said)))
    if any((one.name or "").startswith("{") for piece in body for one in piece.all()):
        return None
    head = f"repeat({times}{' as i' if counts else ''}"
    only = body[0]
    if width == 1 and only.name is None and not only.parts and not only.body:
        return Piece(None, f"{head}, {only.text})")
    return Piece(None, f"{head}):", [], body)


def _filled(turn: list[Piece], said: Iterator[str]) -> Iterator[Piece]:
    for piece in turn:
        name = None if piece.name is None else IN_NAMES.sub(lambda _: next(said), piece.name)
        text = NUMBER.sub(lambda _: next(said), piece.text)
        parts = [list(_filled(part, said)) for part in piece.parts]
        yield Piece(name, text, parts, list(_filled(piece.body, said)))
