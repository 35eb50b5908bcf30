"""Blocks found by an importer: equal bodies are one block, and bodies that differ in numbers are one with parameters."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

from cnncalc.convert.lines import render
from cnncalc.convert.words import is_taken, snake
from cnncalc.record import NamedTuple
from cnncalc.spec.expression import whole
from cnncalc.spec.printer import print_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.convert.tree import Line

MARK = "\x01"
"""``64\\x0132\\x01``: the number 64 where 32 channels enter; importers write it, finished text does not have it."""

NUMBER = re.compile(rf"(?<![\w.])(\d+(?:\.\d+)?)(?:{MARK}(\d+){MARK})?(?![\w.:]| =)")
_CALL = re.compile("\x02(\\d+)((?: [^\x02 ]+)*)\x02")
_FLAGS = re.compile(r" (op|[spdgk])=(\d+(?:x\d+)*)(?=[ |,)\n]|$)")
_DEFAULT = re.compile(r"(\bconv [^|,()\n]*?) s=1(?=[ |,)\n]|$)")
KEYWORDS = {"": "c", "s": "stride", "p": "padding", "g": "groups", "d": "dilation", "k": "kernel"}


class _Found(NamedTuple):
    kind: str
    extra: tuple[str, ...]
    body: tuple[str, ...]


class Blocks:
    """Collects the bodies of modules. A call is a number between marks until all are known."""

    def __init__(self) -> None:
        """None yet."""
        self.found: list[_Found] = []

    def add(self, kind: str, lines: Sequence[Line], extra: Sequence[str], values: Sequence[str]) -> str:
        """The text that calls a block with this body; ``values`` enter it besides the first."""
        block = _Found(kind, tuple(extra), tuple(render(lines)))
        if block not in self.found:
            self.found.append(block)
        return f"\x02{' '.join([str(self.found.index(block)), *values])}\x02"

    def finished(self, layers: list[str]) -> tuple[list[str], list[tuple[str, list[str]]]]:
        """The layers and the blocks (signature and body) with all calls by name."""
        calls: dict[str, tuple[str, str]] = {}
        groups: dict[tuple[str, tuple[str, ...], tuple[str, ...]], list[int]] = {}
        bodies: list[list[str]] = []
        order: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = []
        made: dict[tuple[str, tuple[str, ...], tuple[str, ...]], str] = {}
        # Inner blocks come first. Those of one shape get their parameters together, before their callers are looked at.
        for level in self._levels():
            for number in level:
                block = self.found[number]
                body = [_said(calls, line) for line in block.body]
                while len(bodies) <= number:
                    bodies.append([])
                bodies[number] = body
                key = (block.kind, block.extra, tuple(NUMBER.sub("#", line) for line in body))
                if key not in groups:
                    order.append(key)
                groups.setdefault(key, []).append(number)
            for key in [key for key in order if key not in made and any(n in level for n in groups[key])]:
                name = self._name(key[0], [text.split("(")[0] for text in made.values()])
                shape = _Shape([bodies[n] for n in groups[key]])
                parameters = (*key[1], *shape.parameters)
                made[key] = f"{name}({', '.join(parameters)})" if parameters else name
                bodies[groups[key][0]] = shape.body
                for place, number in enumerate(groups[key]):
                    calls[str(number)] = name, "".join(f" {value}" for value in shape.values(place))
        blocks = [(made[key], [clean(line) for line in bodies[groups[key][0]]]) for key in order]
        return [clean(_said(calls, line)) for line in layers], blocks

    def _levels(self) -> list[list[int]]:
        """The blocks by how deep calls nest in them."""
        depth: list[int] = []
        for block in self.found:
            inner = [int(match[1]) for line in block.body for match in _CALL.finditer(line)]
            depth.append(1 + max((depth[n] for n in inner), default=-1))
        return [[n for n, d in enumerate(depth) if d == level] for level in range(max(depth, default=-1) + 1)]

    def _name(self, kind: str, taken: list[str]) -> str:
        base, number = snake(kind), 1
        while (name := base if number == 1 else f"{base}_{number}") in taken or is_taken(name):
            number += 1
        return name


def _said(calls: dict[str, tuple[str, str]], line: str) -> str:
    """A line with its calls by name: the values that enter, then the numbers."""
    return _CALL.sub(lambda m: f"{calls[m[1]][0]}{m[2]}{calls[m[1]][1]}", line)


class _Shape:
    """Bodies that differ in numbers only, as one body with parameters."""

    def __init__(self, bodies: list[list[str]]) -> None:
        texts = ["\n".join(body) for body in bodies]
        self.numbers = [
            [(whole(Fraction(m[1])), int(m[2]) if m[2] else None) for m in NUMBER.finditer(text)] for text in texts
        ]
        self.words = set(re.findall(r"[^\W\d]\w*", texts[0]))
        self.parameters: list[str] = []
        self.columns: list[list[int | Fraction]] = []
        first = texts[0]
        pieces: list[str] = []
        position = 0
        for place, match in enumerate(NUMBER.finditer(first)):
            pieces.append(first[position : match.start()])
            pieces.append(self._said(place, first[: match.start()]))
            position = match.end()
        self.body = "".join([*pieces, first[position:]]).split("\n")

    def _said(self, place: int, before: str) -> str:
        """A number as text: itself if it is the same everywhere, else by a parameter or by the channels that enter."""
        column = [numbers[place][0] for numbers in self.numbers]
        if len(set(column)) == 1:
            return print_number(column[0])
        for name, known in zip(self.parameters, self.columns, strict=True):
            if known == column:
                return name
        entering = [numbers[place][1] for numbers in self.numbers]
        following = related("in.c", [value or 0 for value in entering], column) if None not in entering else None
        if following is None:
            options = (related(name, known, column) for name, known in zip(self.parameters, self.columns, strict=True))
            following = next((text for text in options if text), None)
        if following is not None:
            return following
        keyword = re.search(r"(\w+)=\(?[^ ]*$", before)
        if before.endswith("repeat("):
            keyword = None
        base = (
            "n"
            if before.endswith("repeat(")
            else KEYWORDS.get(keyword[1] if keyword else "", keyword[1] if keyword else "c")
        )
        name, number = base, 1
        while name in self.parameters or name in self.words or is_taken(name):
            number += 1
            name = f"{base}{number}"
        self.parameters.append(name)
        self.columns.append(column)
        return name

    def values(self, place: int) -> list[str]:
        """The arguments of the call that makes the body of this number."""
        return [print_number(column[place]) for column in self.columns]


def related(name: str, known: list[int | Fraction], column: list[int | Fraction]) -> str | None:
    """The column as a multiple or a part of a known one."""
    if known == column:
        return name
    if not all(isinstance(value, int) for value in (*known, *column)):
        return None
    if all(known) and all(b % a == 0 for a, b in zip(known, column, strict=True)):
        factors = {b // a for a, b in zip(known, column, strict=True)}
        if len(factors) == 1:
            return f"{factors.pop()}*{name}"
    if all(column) and all(a % b == 0 for a, b in zip(known, column, strict=True)):
        factors = {a // b for a, b in zip(known, column, strict=True)}
        if len(factors) == 1:
            return f"{name}//{factors.pop()}"
    return f"{name}//2" if all(a // 2 == b for a, b in zip(known, column, strict=True)) else None


def clean(line: str) -> str:
    """Without marks, defaults and the long form of flags."""
    line = re.sub(rf"{MARK}\d+{MARK}", "", line)
    line = _DEFAULT.sub(r"\1", line)
    return _FLAGS.sub(r" \1\2", line)
