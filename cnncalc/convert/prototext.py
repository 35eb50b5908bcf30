"""Protobuf's text format, as far as Caffe's files use it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from cnncalc.convert.tree import ConvertError, Unsupported

_TOKEN = re.compile(
    r"""[\s,;]+|\#[^\n]*|(?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<word>[\w.+-]+)|(?P<sign>[{}:<>\[\]])"""
)


@dataclass
class Message:
    """Fields by name, each a list of values; ``line`` is where it begins."""

    line: int
    fields: dict[str, list[Any]] = field(default_factory=dict)

    def get(self, name: str, usual: Any = None) -> Any:
        """The last value of a field."""
        return self.fields[name][-1] if name in self.fields else usual

    def all(self, name: str) -> list[Any]:
        """All values of a field."""
        return self.fields.get(name, [])

    def message(self, name: str) -> Message:
        """A message in it; an empty one if there is none."""
        found = self.get(name)
        return found if isinstance(found, Message) else Message(self.line)


def parse(text: str) -> Message:
    """The message of a text.

    Raises:
        ConvertError: it is none; with the line.
    """
    return _Parser(text).message()


class _Parser:
    """Reads fields one after the other; ``stack`` holds the messages that are open."""

    def __init__(self, text: str) -> None:
        self.tokens = list(_tokens(text))
        self.place = 0
        self.stack = [Message(1)]

    def message(self) -> Message:
        while self.place < len(self.tokens):
            kind, word, line = self.next(0)
            if kind == "sign" and word in "}>":
                self.close(line)
            elif kind == "word":
                self.field(word, line)
            else:
                raise _error(f"'{word}' where the name of a field should be", line)
        if len(self.stack) > 1:
            raise _error("a bracket is not closed", self.stack[-1].line)
        return self.stack[0]

    def next(self, line: int, what: str = "") -> tuple[str, str, int]:
        if self.place >= len(self.tokens):
            raise _error(f"{what} has no value", line)
        self.place += 1
        token: tuple[str, str, int] = self.tokens[self.place - 1]
        return token

    def close(self, line: int) -> None:
        if len(self.stack) == 1:
            raise _error("a bracket closes that was not opened", line)
        self.stack.pop()

    def field(self, name: str, line: int) -> None:
        kind, word, _ = self.next(line, name)
        colon = kind == "sign" and word == ":"
        if colon:
            kind, word, _ = self.next(line, name)
        values = self.stack[-1].fields.setdefault(name, [])
        if kind == "sign" and word in "{<":
            inner = Message(line)
            values.append(inner)
            self.stack.append(inner)
        elif kind == "sign" and word == "[":
            while (item := self.next(line, name))[1] != "]":
                values.append(_value(*item[:2]))
        elif colon and kind != "sign":
            values.append(_value(kind, word))
        else:
            raise _error(f"{name} has no value", line)


def _tokens(text: str) -> Any:
    place, line = 0, 1
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise _error(f"unexpected character {text[place]!r}", line)
        if match.lastgroup:
            yield match.lastgroup, match[0], line
        line += match[0].count("\n")
        place = match.end()


def _value(kind: str, word: str) -> Any:
    if kind == "string":
        return word[1:-1]
    if word in ("true", "false"):
        return word == "true"
    try:
        return int(word)
    except ValueError:
        pass
    try:
        return float(word.rstrip("f")) if word[0] in "+-.0123456789" else word
    except ValueError:
        return word


def _error(what: str, line: int) -> ConvertError:
    return ConvertError([Unsupported(what, f"line {line}")], "the file")
