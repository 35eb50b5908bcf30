"""A piece of a file's text, and where its characters stand in the file."""

from __future__ import annotations

from cnncalc.record import NamedTuple

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
