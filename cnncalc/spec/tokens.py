"""The scanner of the one-line notation: a text into tokens, each with its place in the file."""

from __future__ import annotations

import re
from typing import NamedTuple

from cnncalc.diagnostics import Span
from cnncalc.text import NESTING, Text


class NotationError(Exception):
    """A text that is no statement: what was found, where, what to do."""

    def __init__(self, message: str, span: Span, hint: str = "") -> None:
        """Keep the parts."""
        super().__init__(message)
        self.message = message
        self.span = span
        self.hint = hint


class Token(NamedTuple):
    """A token: its kind (number, dims, name, in, operator, separator, end), text, place, and whether a blank is before it."""

    kind: str
    text: str
    span: Span
    blank: bool


_TOKEN = re.compile(
    r"(?P<blank>[ \t\r\f\v]+|(?<![^\s;])\#[^\n\x85\u2028\u2029]*)"
    r"|(?P<separator>[\n;\x85\u2028\u2029])"
    r"|(?P<dims>\d[\d_]*(?:x\d[\d_]*)+(?![\w.]))"
    r"|(?P<number>(?:\d[\d_]*(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+(?!\w))?)"
    r"|(?P<in>in\.[a-z]+\b)"
    r"|(?P<name>[^\W\d]\w*)"
    r"|(?P<operator>->|==|!=|<=|>=|//|[-+*/%<>=(),:|])"
)


def scan(text: Text, *, lines: bool = True) -> list[Token]:
    """All tokens, an ``end`` at last. With ``lines`` a line break outside of brackets separates statements.

    Raises:
        NotationError: a character that the notation does not use; brackets nested too deep.
    """
    tokens: list[Token] = []
    value, position, depth, blank = text.text, 0, 0, False
    at = text.at
    while position < len(value):
        match = _TOKEN.match(value, position)
        if match is None:
            raise NotationError(f"unexpected character {value[position]!r}", Span(at(position), at(position) + 1))
        kind, word = str(match.lastgroup), match[0]
        start, position = position, match.end()
        if kind == "separator" and (depth > 0 or (word != ";" and not lines)):
            kind = "blank"
        if kind == "blank":
            blank = True
            continue
        span = Span(at(start), at(position - 1) + 1)
        if word == "(":
            depth += 1
            if depth > NESTING:
                raise NotationError(f"brackets nested deeper than {NESTING} levels", span)
        elif word == ")":
            depth = max(0, depth - 1)
        tokens.append(Token(kind, word, span, blank))
        blank = False
    end = at(len(value))
    tokens.append(Token("end", "", Span(end, end), blank=True))
    return tokens
