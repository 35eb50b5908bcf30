"""Numbers that differ between occurrences of one thing, as parameters and what follows from them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cnncalc.convert.blocks import KEYWORDS, related
from cnncalc.convert.words import is_taken
from cnncalc.spec.expression import LETTERS
from cnncalc.spec.printer import print_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from fractions import Fraction

    from cnncalc.convert.structure.pieces import Figure

    Column = list[int | Fraction]


class Parameters:
    """The parameters of a block, found number by number: those of names, and those of layers."""

    def __init__(self, taken: Iterable[str]) -> None:
        """None yet; ``taken`` are words that cannot be their names."""
        self.taken = set(taken)
        self.naming: dict[str, Column] = {}
        self.layers: dict[str, Column] = {}

    def said(self, figures: Sequence[Figure]) -> str:
        """One number at all occurrences, as text: itself, a parameter, or what follows from one or from what enters."""
        first, column = figures[0], [figure.value for figure in figures]
        if len(set(column)) == 1:
            text = print_number(column[0])
            return LETTERS[int(column[0])] if first.kind == "l" else text
        if first.kind == "t":
            return self._of_layers(figures, column)
        text = self._of_names(first, column)
        if first.kind == "a":
            return text
        return f"{{letter({text})}}" if first.kind == "l" else f"{{{text}}}"

    def values(self, place: int) -> list[str]:
        """The arguments of a call."""
        return [print_number(column[place]) for column in (*self.naming.values(), *self.layers.values())]

    def names(self) -> list[str]:
        """The parameters in the order of the arguments."""
        return [*self.naming, *self.layers]

    def _of_names(self, first: Figure, column: Column) -> str:
        for name, known in self.naming.items():
            steps = {b - a for a, b in zip(known, column, strict=True)}
            if len(steps) == 1:
                step = steps.pop()
                return name if not step else f"{name}{'+' if step > 0 else '-'}{abs(step)}"
        word = re.search(r"([^\W\d_]+)_?$", first.before)
        wanted = word[1].lower() if word and len(word[1]) > 2 else ""  # noqa: PLR2004 (a word)
        free = (name for name in (wanted, "stage", "unit") if name and name not in self.taken and not is_taken(name))
        return self._new(self.naming, next(free, "n"), column)

    def _of_layers(self, figures: Sequence[Figure], column: Column) -> str:
        for name, known in self.layers.items():
            if known == column:
                return name
        entering = [figure.entering for figure in figures]
        if None not in entering and (text := related("in.c", [value or 0 for value in entering], column)):
            return text
        for name, known in self.layers.items():
            if text := related(name, known, column):
                return text
        if figures[0].before.endswith("repeat("):
            return self._new(self.layers, "n", column)
        keyword = re.search(r"(\w+)=\(?[^ ]*$", figures[0].before)
        return self._new(self.layers, KEYWORDS.get(keyword[1], keyword[1]) if keyword else "c", column)

    def _new(self, where: dict[str, Column], base: str, column: Column) -> str:
        name, number = base, 1
        while name in self.taken or is_taken(name) or not name.isidentifier():
            number += 1
            name = f"{base}{number}" if len(base) > 1 or number > 1 else base
        self.taken.add(name)
        where[name] = column
        return name
