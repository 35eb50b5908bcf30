"""What an expansion finds wrong: collected with its place and the calls of blocks that led there, never thrown."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from cnncalc.diagnostics import Note, Problem

if TYPE_CHECKING:
    from cnncalc.diagnostics import Source, Span


class TooLargeError(Exception):
    """The network is larger than the limits allow; the problem is already noted."""


@final
class Problems:
    """The problems of one expansion, and the calls of blocks that are open: their places and the blocks' names."""

    def __init__(self, source: Source) -> None:
        """Nothing found, no block called."""
        self.source = source
        self.found: list[Problem] = []
        self.calls: tuple[Span, ...] = ()
        self.callers: tuple[str, ...] = ()

    def make(self, message: str, span: Span | None, hint: str = "") -> Problem:
        """A problem at a place, which names the calls around it; it is not noted yet."""
        notes = tuple(
            Note(f"in this call of '{name}'", call)
            for name, call in zip(reversed(self.callers), reversed(self.calls), strict=True)
        )
        return Problem(message, self.source, span, hint, notes)

    def add(self, message: str, span: Span | None, hint: str = "") -> None:
        """Note a problem."""
        self.found.append(self.make(message, span, hint))

    def too_large(self, message: str, span: Span | None) -> None:
        """Note that a limit is passed, and end the expansion.

        Raises:
            TooLargeError: always.
        """
        self.add(message, span)
        raise TooLargeError(message)
