"""The scanner of the one-line notation: a text into tokens, each with its place in the file."""

from __future__ import annotations

import re

from cnncalc.diagnostics import Span
from cnncalc.record import NamedTuple
from cnncalc.text import NESTING, Text

LONGEST = 100_000
"""Characters of one text."""


class NotationError(Exception):
    """A text that is no statement: what was found, where, what to do."""

    def __init__(self, message: str, span: Span, hint: str = "") -> None:
        """Keep the parts."""
        super().__init__(message)
        self.message = message
        self.span = span
        self.hint = hint


class Token(NamedTuple):
    """A token: its kind (number, dims, name, template, path, origin, dotted, in, operator, separator, end), text, place, whether a blank is before it.

    ``begin`` is where it begins in the text; ``folded``: a line break of the file is before it.
    """

    kind: str
    text: str
    span: Span
    blank: bool
    begin: int = 0
    folded: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether it is a whole number."""
        return self.kind == "number" and self.text.replace("_", "").isdigit()


_BREAK = "\\n\\r\x85\u2028\u2029"
_BREAKS = "\n\r\x85\u2028\u2029"
_TOKEN = re.compile(
    rf"(?P<blank>[ \t\f\v]+|(?<![^\s;])\#[^{_BREAK}]*)"
    rf"|(?P<separator>\r\n|[;{_BREAK}])"
    r"|(?P<origin>(?<=\bfrom[ \t])\w+(?:[.-]\w+)*)"
    r"|(?P<path>(?:[^\W\d]\w*|[0-9]+)(?:[.-]\w+)+(?=[ \t]*=[^=]))"
    r"|(?P<dims>[0-9][0-9_]*(?:x[0-9][0-9_]*)+(?![\w.]))"
    r"|(?P<number>(?:[0-9][0-9_]*(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+(?!\w))?)"
    r"|(?P<in>in\.[a-z]+\b)"
    r"|(?P<dotted>[^\W\d]\w*(?:\.\w+)+)"
    rf"|(?P<template>[^\W\d][\w.-]*(?:\{{[^{{}}{_BREAK}]*\}}[\w.-]*)+)"
    r"|(?P<name>[^\W\d]\w*)"
    r"|(?P<operator>->|==|!=|<=|>=|//|[-+*/%<>=(),:|])"
)


def scan(text: Text, *, lines: bool = True) -> list[Token]:
    """All tokens, an ``end`` at last. With ``lines`` a line break outside of brackets separates statements.

    Raises:
        NotationError: a character that the notation does not use; brackets nested too deep; a text that is too long.
    """
    tokens: list[Token] = []
    value, position, depth, blank, folded = text.text, 0, 0, False, False
    at = text.at
    if len(value) > LONGEST:
        raise NotationError(
            f"a text of {len(value):,} characters; at most {LONGEST:,} are possible", Span(at(0), at(1))
        )
    while position < len(value):
        match = _TOKEN.match(value, position)
        if match is None:
            raise _foreign(text, position) or _unexpected(value[position], at(position))
        kind, word = str(match.lastgroup), match[0]
        start, position = position, match.end()
        if kind == "separator" and word != ";" and (depth > 0 or not lines):
            kind = "blank"
        if kind == "blank":
            blank = True
            folded = folded or word[0] in _BREAKS
            continue
        span = Span(at(start), at(position - 1) + 1)
        if word == "(":
            depth += 1
            if depth > NESTING:
                raise NotationError(f"brackets nested deeper than {NESTING} levels", span)
        elif word == ")":
            depth = max(0, depth - 1)
        elif word == ";" and depth > 0:
            raise NotationError("';' separates statements and cannot stand inside brackets", span, "use '|' for 'then'")
        tokens.append(Token(kind, word, span, blank, start, folded))
        blank = folded = False
    end = at(len(value))
    tokens.append(Token("end", "", Span(end, end), blank=True, begin=len(value)))
    return tokens


def _foreign(text: Text, position: int) -> NotationError | None:
    """The error for a call of another library, within which a character stands that the notation does not have."""
    from cnncalc.spec.foreign_names import written

    stage = re.split(r"[|;\n]", text.text[:position])[-1]
    begin = position - len(stage) + len(stage) - len(stage.lstrip())
    name = re.match(r"([A-Za-z_][\w.]*)\(", text.text[begin : begin + 100])
    if name is None:
        return None
    bracket = text.at(begin + name.end() - 1)
    return NotationError(in_brackets(name[1]), Span(bracket, bracket + 1), written(text.text[begin:]))


def in_brackets(name: str) -> str:
    """What is said about a layer that is called like a function."""
    return f"arguments of {name[:40]} follow it with blanks, not in brackets"


def _unexpected(character: str, offset: int) -> NotationError:
    return NotationError(
        f"unexpected character {character!r}", Span(offset, offset + 1), HINTS.get(character, "") or _narrow(character)
    )


def _narrow(character: str) -> str:
    """What to write for a full-width character, as some keyboards give."""
    from unicodedata import normalize

    plain = normalize("NFKC", character)
    return f"write it as {plain!r}" if plain != character and plain.isascii() else ""


HINTS = {
    "{": "the notation has round brackets only",
    "}": "the notation has round brackets only",
    "[": "the notation has round brackets only",
    "]": "the notation has round brackets only",
    "@": "go on from a named value with 'from name'",
    "$": "a parameter is written by its name alone",
    "&": "'and' is written as a word",
    "!": "'not' is written as a word, and 'is not equal' as !=",
    "^": "there are no powers; multiply",
    "×": "sizes are joined by the letter x: 3x32x32",  # noqa: RUF001 (the sign that people paste)
    "→": "the arrow is written ->",
    ".": "a number has digits before and behind the point; sizes of the input are in.c, in.d, in.h and in.w",
    '"': "a text needs no quotes inside a line",
    "'": "a text needs no quotes inside a line",
    **dict.fromkeys("\u201c\u201d\u2018\u2019\u00ab\u00bb`", "a text needs no quotes inside a line"),
}
"""What to do about characters that people try."""
