"""A piece of a file's text, and where its characters stand in the file."""

from __future__ import annotations

from cnncalc.record import NamedTuple

JOINERS = "\u200c\u200d"
"""Invisible characters that scripts and pictures need."""


def printable(text: str) -> str:
    r"""A text in one line that a screen shows and does not obey.

    Line breaks become blanks; control characters, marks that turn the direction of writing and other invisible ones become
    their codes, ``\x1b``. What a log of GitHub Actions would take as a command, ``::`` at the beginning, gets quotes.
    """
    shown = text if text.isascii() and text.isprintable() else "".join(map(_shown, text))
    return f"'{shown}'" if shown.lstrip().startswith("::") else shown


def _shown(character: str) -> str:
    if character.isprintable() or character in JOINERS:
        return character
    return " " if character.isspace() else character.encode("unicode_escape").decode()


NESTING = 64
"""Brackets, lists and maps may be nested this deep."""


class Text(NamedTuple):
    """A piece of notation and where its characters stand in the file: from ``base`` on, or one by one in ``offsets``."""

    text: str
    base: int = 0
    offsets: tuple[int, ...] | None = None

    def at(self, index: int) -> int:
        """The file offset of a character; one past the end for the end."""
        if self.offsets is None:
            return self.base + index
        return self.offsets[index] if index < len(self.offsets) else self.offsets[-1] + 1 if self.offsets else self.base
