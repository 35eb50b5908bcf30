"""Marks and their text as SVG. The only place that writes markup, and the one that escapes."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from cnncalc.record import NamedTuple
from cnncalc.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Number = int | float


class Mark(NamedTuple):
    """An element: its tag, its attributes in order, what a pointer on it says, and its text or the marks in it."""

    tag: str
    attributes: tuple[tuple[str, str | Number], ...] = ()
    title: str = ""
    text: str = ""
    inside: tuple[Mark, ...] = ()


def rect(
    x: Number,
    y: Number,
    width: Number,
    height: Number,
    css: str,
    title: str = "",
    *,
    layer: str = "",
    radius: Number = 0,
) -> Mark:
    """A box. ``layer``: the path of the layer that it stands for."""
    rounded = (("rx", radius),) if radius else ()
    size = (("x", x), ("y", y), ("width", max(width, 0)), ("height", max(height, 0)))
    return Mark("rect", (("class", css), *size, *rounded, *_layer(layer)), title)


def line(x1: Number, y1: Number, x2: Number, y2: Number, css: str, title: str = "") -> Mark:
    """A straight line."""
    return Mark("line", (("class", css), ("x1", x1), ("y1", y1), ("x2", x2), ("y2", y2)), title)


def circle(x: Number, y: Number, radius: Number, css: str, title: str = "", *, layer: str = "") -> Mark:
    """A dot."""
    return Mark("circle", (("class", css), ("cx", x), ("cy", y), ("r", radius), *_layer(layer)), title)


def path(
    points: Sequence[tuple[Number, Number]], css: str, title: str = "", *, closed: bool = False, layer: str = ""
) -> Mark:
    """Straight lines from point to point."""
    text = "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points) + "Z" * closed
    return Mark("path", (("class", css), ("d", text), *_layer(layer)), title)


def curve(text: str, css: str, title: str = "") -> Mark:
    """A path in the notation of SVG, made of numbers."""
    return Mark("path", (("class", css), ("d", text)), title)


def words(x: Number, y: Number, text: str, css: str = "", title: str = "", *, layer: str = "") -> Mark:
    """Text on one line: ``m`` in its classes centres it, ``e`` lets it end at ``x``."""
    return Mark("text", ((("class", css),) if css else ()) + (("x", x), ("y", y), *_layer(layer)), title, text)


def group(marks: Iterable[Mark], css: str = "", title: str = "", *, layer: str = "") -> Mark:
    """Marks that belong together; a title is that of all of them."""
    return Mark("g", ((("class", css),) if css else ()) + _layer(layer), title, "", tuple(marks))


def hidden(marks: Iterable[Mark]) -> Mark:
    """Marks that say nothing by themselves: frames, axes, lines of a grid."""
    return Mark("g", (("aria-hidden", "true"),), "", "", tuple(marks))


def moved(marks: Iterable[Mark], x: Number, y: Number) -> Mark:
    """Marks further right and down."""
    return Mark("g", (("transform", f"translate({number(x)} {number(y)})"),), "", "", tuple(marks))


def _layer(name: str) -> tuple[tuple[str, str], ...]:
    return (("data-layer", name),) if name else ()


def number(value: Number) -> str:
    """A number with at most two places, the same text on every machine."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def text_of(mark: Mark) -> str:
    """The markup of a mark; everything that is not ours is escaped."""
    attributes = "".join(f' {name}="{_attribute(value)}"' for name, value in mark.attributes)
    title = f"<title>{escaped(mark.title)}</title>" if mark.title else ""
    body = title + escaped(mark.text) + "".join(map(text_of, mark.inside))
    return f"<{mark.tag}{attributes}>{body}</{mark.tag}>" if body else f"<{mark.tag}{attributes}/>"


def _attribute(value: str | Number) -> str:
    return escaped(value) if isinstance(value, str) else number(value)


def escaped(text: str) -> str:
    """Text as text of XML, in one line and in ASCII: a picture goes through every pipe and console unharmed."""
    plain = escape(printable(text), quote=True).replace("&#x27;", "'")
    return plain if plain.isascii() else plain.encode("ascii", "xmlcharrefreplace").decode()
