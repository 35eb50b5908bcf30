"""A picture: a title, what it shows in words, and marks on a sheet that is as readable at 300 as at 1,200 pixels.

The sheet is 340 units wide, text at least 8.5 of them high. A picture that needs more room grows downwards.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnncalc.diagnostics import UsageError
from cnncalc.draw.style import Theme, sheet
from cnncalc.draw.svg import Mark, escaped, number, text_of, words
from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Sequence

WIDTH = 340
"""Units of the sheet."""

MARGIN = 8
INNER = WIDTH - 2 * MARGIN
LINE = 12
"""From one line of text to the next."""

SHOWN = 2
"""Pixels of a unit where nobody says how large the picture shall be."""


class Picture(NamedTuple):
    """A picture of a network.

    ``what``: its kind, as ``cnncalc draw`` calls it. ``title`` and ``about``: what it shows, in words. ``height``: of the sheet
    in units. ``rules``: style rules of this picture alone, for what moves.
    """

    what: str
    title: str
    about: tuple[str, ...]
    height: float
    marks: tuple[Mark, ...]
    rules: str = ""

    def svg(self, *, theme: Theme = "auto", style: bool = True) -> str:
        """The picture as SVG, the same bytes for the same network.

        Args:
            theme: auto (by the reader's setting), light or dark.
            style: with its style sheet; without it the page around it must have ``cnncalc.draw.style.sheet()``.
        """
        size = f'viewBox="0 0 {WIDTH} {number(self.height)}" width="{SHOWN * WIDTH}" height="{number(SHOWN * self.height)}"'
        rules = (sheet(theme) if style else "") + self.rules
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="cnn" {size} role="img">'
            f"<title>{escaped(self.title)}</title><desc>{escaped(' '.join(self.about))}</desc>"
            + (f"<style>{rules}</style>" if rules else "")
            + f'<rect class="ground" aria-hidden="true" width="{WIDTH}" height="{number(self.height)}"/>'
            + "\n".join(map(text_of, self.marks))
            + "</svg>\n"
        )

    def png(self, width: int = 1200, *, theme: Theme = "light") -> bytes:
        """The picture in pixels.

        Args:
            width: in pixels.
            theme: light or dark.

        Raises:
            MissingExtraError: resvg_py is not installed.
        """
        from cnncalc.extras import need

        need("resvg_py", "a picture as PNG", "draw")
        import resvg_py

        return bytes(resvg_py.svg_to_bytes(svg_string=self.svg(theme=theme), width=width))

    def save(self, file: str | os.PathLike[str], *, theme: Theme = "auto") -> None:
        """Write the picture: as PNG if the name of the file ends in .png, else as SVG.

        Raises:
            MissingExtraError: a PNG without resvg_py.
            UsageError: the file cannot be written.
        """
        made = self.png(theme="light" if theme == "auto" else theme) if is_png(file) else self.svg(theme=theme).encode()
        try:
            Path(file).write_bytes(made)
        except OSError as error:
            raise UsageError(f"cannot write {file}: {error.strerror}") from None

    def __str__(self) -> str:
        """What the picture shows, in words."""
        return "\n".join((self.title, *self.about))

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": str(self), "text/html": self._repr_html_(), "image/svg+xml": self.svg()}

    def _repr_html_(self) -> str:
        return self.svg()


def is_png(file: str | os.PathLike[str]) -> bool:
    """Whether a file's name asks for pixels."""
    return str(file).lower().endswith(".png")


def compose(
    what: str, title: str, about: Sequence[str], body: Iterable[Mark], height: float, rules: str = ""
) -> Picture:
    """A picture from its body, whose origin is below the title and the words about it.

    Args:
        what: the kind of picture.
        title: one line.
        about: sentences, each a paragraph.
        body: marks within ``INNER`` units.
        height: of the body.
        rules: as in ``Picture``.
    """
    y, marks = MARGIN + 10.0, []
    for text in wrapped(title, 7.7):
        marks.append(words(MARGIN, y, text, "h"))
        y += 15
    for sentence in about:
        for text in wrapped(sentence):
            marks.append(words(MARGIN, y, text, "soft"))
            y += LINE
    shift = (("transform", f"translate({MARGIN} {number(y)})"),)
    marks.append(Mark("g", shift, "", "", tuple(body)))
    return Picture(what, title, tuple(about), round(y + height + MARGIN, 2), tuple(marks), rules)


def extent(text: str) -> int:
    """The width of a text in letters of the Latin alphabet: those of East Asian scripts take two."""
    if text.isascii():
        return len(text)
    from unicodedata import east_asian_width

    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def wrapped(text: str, wide: float = 5.3, room: float = INNER) -> list[str]:
    """Text in lines that fit, for letters of this width; a long word is cut where it must be."""
    most = int(room / wide)
    lines = [""]
    for word in text.split():
        if lines[-1] and extent(lines[-1]) + 1 + extent(word) > most:
            lines.append("")
        lines[-1] += f" {word}" if lines[-1] else word
        while extent(lines[-1]) > most:
            head = _head(lines[-1], most)
            lines[-1:] = [head, lines[-1][len(head) :]]
    return lines


def short(text: str, room: float, wide: float = 5.3) -> str:
    """A name within so many units: its middle left out where it is too long."""
    most = max(3, int(room / wide))
    if extent(text) <= most:
        return text
    front = _head(text, (most - 1) // 2)
    return f"{front}…{_head(text[::-1], most - 1 - extent(front))[::-1]}"


def _head(text: str, most: int) -> str:
    """As much of the beginning as fits, a letter at least."""
    count = 1
    while count < len(text) and extent(text[: count + 1]) <= most:
        count += 1
    return text[:count]
