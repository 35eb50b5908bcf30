"""Reading pictures: their cells and other marks by what they say."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import NamedTuple

SVG = "{http://www.w3.org/2000/svg}"


class Cell(NamedTuple):
    """A cell of a grid: its place, what it is, how often it is read, and its box."""

    place: tuple[int, ...]
    what: str
    count: int
    css: frozenset[str]
    box: tuple[float, float, float, float]


COUNTS = {"never": 0, "once": 1, "twice": 2}
CELL = re.compile(
    r"(?:depth (?P<depth>-?\d+), )?(?:place (?P<place>-?\d+)|row (?P<row>-?\d+), column (?P<column>-?\d+))(?P<what>[^:]*): (?P<count>.*)"
)


def parsed(picture):
    return ET.fromstring(picture.svg())  # noqa: S314 (our own text)


def titles(picture, tag="rect"):
    """What the marks of a kind say."""
    return [
        mark.findtext(f"{SVG}title")
        for mark in parsed(picture).iter(f"{SVG}{tag}")
        if mark.find(f"{SVG}title") is not None
    ]


def texts(picture):
    """What is written on a picture."""
    return [
        (mark.text or "") + "".join(child.tail or "" for child in mark) for mark in parsed(picture).iter(f"{SVG}text")
    ]


def cells(picture):
    """The cells of the first grid."""
    found = {}
    for mark in parsed(picture).iter(f"{SVG}rect"):
        match = CELL.match(mark.findtext(f"{SVG}title") or "")
        if match:
            place = tuple(int(match[name]) for name in ("depth", "place", "row", "column") if match[name] is not None)
            text = match["count"]
            count = COUNTS[text] if text in COUNTS else int(text.removesuffix(" times").replace(",", ""))
            box = tuple(float(mark.get(name, "0")) for name in ("x", "y", "width", "height"))
            cell = Cell(place, match["what"].removeprefix(", "), count, frozenset(mark.get("class", "").split()), box)
            found.setdefault(place, cell)
    return found
