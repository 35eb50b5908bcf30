"""What can be wrong with a spec, and where: spans, problems and the exceptions that carry them.

CnncalcError                 every error that is the caller's to mend (exit code 2)
├── SpecError                a spec that cannot be read or analysed; carries all problems of one reading
├── UsageError               a call or an option that makes no sense
└── MissingExtraError        a feature whose optional dependency is not installed
ShapeError                   raised by a layer about its own arguments; turned into a Problem with a place
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

from cnncalc.record import NamedTuple
from cnncalc.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable


_LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""Where YAML ends a line."""

_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""What a terminal would take as a command, or what no text file can hold."""


class Span(NamedTuple):
    """A stretch of a source text, as character offsets: start inclusive, end exclusive."""

    start: int
    end: int


class Position(NamedTuple):
    """A place that a person can find: line and column, both from 1, columns in characters."""

    line: int
    column: int


class Source:
    """A text with a name: a file, standard input (``-``) or a command-line expression (``-e``)."""

    __slots__ = ("_starts", "name", "text")

    def __init__(self, name: str, text: str) -> None:
        """Keep the text, without a byte order mark; lines are counted when somebody asks for them."""
        self.name = name
        self.text = text.removeprefix("\ufeff")
        self._starts: list[int] | None = None

    def _line_starts(self) -> list[int]:
        if self._starts is None:
            self._starts = [0, *(match.end() for match in _LINE_BREAK.finditer(self.text))]
        return self._starts

    @property
    def shown(self) -> str:
        """Its name, as a screen shows it."""
        return printable(self.name)

    def position(self, offset: int) -> Position:
        """Line and column of a character offset."""
        starts = self._line_starts()
        line = bisect_right(starts, offset)
        return Position(line, offset - starts[line - 1] + 1)

    def line_text(self, line: int) -> str:
        """The text of a line, counted from 1, without its line break."""
        starts = self._line_starts()
        end = starts[line] if line < len(starts) else len(self.text)
        return self.text[starts[line - 1] : end].rstrip("\r\n\x85\u2028\u2029")


class Note(NamedTuple):
    """A second place that helps to understand a problem: a call of a block, an earlier definition."""

    message: str
    span: Span | None = None


class Problem(NamedTuple):
    """One thing that is wrong: what was found, where, and what to do.

    ``message`` says the broken rule and the finding with their numbers; ``hint`` what to do (may be empty).
    ``span`` is the place in ``source``; None for a problem without a place.
    """

    message: str
    source: Source | None = None
    span: Span | None = None
    hint: str = ""
    notes: tuple[Note, ...] = ()

    @property
    def location(self) -> str:
        """``file:line:column``, or the empty string."""
        if self.source is None:
            return ""
        if self.span is None:
            return self.source.shown
        line, column = self.source.position(self.span.start)
        return f"{self.source.shown}:{line}:{column}"

    def line(self) -> str:
        """The problem in one line: place, message."""
        place = self.location
        return f"{place}: {self.message}" if place else self.message

    def full(self) -> str:
        """The problem as a user sees it: place and message, the line with a caret, hint, notes."""
        parts = [self.line(), *self._excerpt(self.span)]
        if self.hint:
            parts.append(f"  help: {self.hint}")
        for note in self.notes:
            parts.append(f"  note: {self._place(note.span)}{note.message}")
            parts += self._excerpt(note.span)
        return "\n".join(parts)

    def _place(self, span: Span | None) -> str:
        if self.source is None or span is None:
            return ""
        line, column = self.source.position(span.start)
        return f"{self.source.shown}:{line}:{column}: "

    def _excerpt(self, span: Span | None) -> list[str]:
        if self.source is None or span is None:
            return []
        line, column = self.source.position(span.start)
        text = self.source.line_text(line)
        number = str(line)
        # A very long line is cut around the place, so that one problem never fills a screen.
        first = max(0, column - 1 - 60) if len(text) > 160 else 0  # noqa: PLR2004 (two screen widths)
        shown = _UNPRINTABLE.sub("\ufffd", text[first : first + 160].replace("\t", " "))
        width = max(1, min(span.end - span.start, len(shown) - (column - 1 - first)))
        return [f"  {number} | {shown}", f"  {' ' * len(number)} | {' ' * (column - 1 - first)}{'^' * width}"]


class CnncalcError(Exception):
    """An error that the caller can mend; the command line exits with ``code``."""

    code = 2
    """Of the exit."""


class UsageError(CnncalcError):
    """A call or an option that makes no sense; the message says which and what is possible."""


class BrokenModelError(CnncalcError):
    """A PyTorch model that does not run; the message tells its calls, the one that fails, why, and what would mend it."""

    code = 1
    """Of the exit."""


class MissingExtraError(CnncalcError):
    """A feature whose optional dependency is not installed; the message says how to install it."""


class SpecError(CnncalcError):
    """A spec that cannot be read or analysed.

    ``problems`` holds everything that one reading found, in the order of the text.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Keep the problems; the message is all of them as a user sees them."""
        self.problems = tuple(problems)
        super().__init__("\n".join(problem.full() for problem in self.problems))


class ShapeError(CnncalcError):
    """A layer cannot work on the input that it gets.

    ``argument`` names the field of the layer that is to blame (the place that the message points at; the layer's
    name if None). ``assume`` is the output shape with which the analysis may go on, so that one broken layer
    does not hide the rest.
    """

    def __init__(
        self, message: str, *, argument: str | None = None, hint: str = "", assume: tuple[int, ...] | None = None
    ) -> None:
        """Keep the parts; str() is the message."""
        super().__init__(message)
        self.message = message
        self.argument = argument
        self.hint = hint
        self.assume = assume
