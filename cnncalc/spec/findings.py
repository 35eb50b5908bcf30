"""What a reading finds wrong: collected, so that all of it is reported together, but never without end."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from cnncalc.diagnostics import Note, Problem, Source, Span, SpecError

if TYPE_CHECKING:
    from cnncalc.spec.tokens import NotationError

MOST = 100
"""More problems help nobody."""


LONGEST = 400
"""Characters of a message; what somebody wrote can be of any length."""


def clipped(message: str) -> str:
    """A message that fits a screen."""
    return message if len(message) <= LONGEST else f"{message[:LONGEST]}…"


@final
class Findings:
    """The problems of one source."""

    def __init__(self, source: Source) -> None:
        """Nothing found yet."""
        self.source = source
        self.problems: list[Problem] = []

    def add(self, message: str, span: Span, hint: str = "", notes: tuple[Note, ...] = ()) -> None:
        """Note one problem.

        Raises:
            SpecError: there are too many already.
        """
        if len(self.problems) >= MOST:
            self.problems.append(Problem(f"more than {MOST} problems; the others are not shown", self.source))
            raise self.error()
        self.problems.append(Problem(clipped(message), self.source, span, clipped(hint), notes))

    def note(self, error: NotationError) -> None:
        """Note what the parser said."""
        self.add(error.message, error.span, error.hint)

    def check(self) -> None:
        """Raise what was found.

        Raises:
            SpecError: something was found.
        """
        if self.problems:
            raise self.error()

    def error(self) -> SpecError:
        """Everything found, in the order of the text."""
        end = Span(len(self.source.text) + 1, 0)
        return SpecError(sorted(self.problems, key=lambda problem: problem.span or end))
