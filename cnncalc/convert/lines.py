"""Lines of a spec: neighbours in one pipeline, equal neighbours as a repeat, and their text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cnncalc.convert.tree import Line
from cnncalc.spec.statement import RESERVED

if TYPE_CHECKING:
    from collections.abc import Iterable

INDENT = "  "
_LONGEST = 70
"""Characters up to which neighbours share a line."""


def tidy(lines: list[Line]) -> list[Line]:
    """Neighbours without names in one pipeline; equal neighbours as a repeat."""
    result: list[Line] = []
    for line in repeated(lines):
        fits = (
            bool(result)
            and is_plain(result[-1])
            and is_plain(line)
            and len(result[-1].text) + len(line.text) < _LONGEST
        )
        if fits and not line.text.startswith("from "):
            result[-1] = Line(None, f"{result[-1].text} | {line.text}")
        else:
            result.append(line)
    return result


def is_plain(line: Line) -> bool:
    """Whether a line is one unnamed pipeline."""
    return line.name is None and not line.below and not line.text.endswith(":")


def repeated(lines: list[Line]) -> list[Line]:
    """Runs of equal neighbours, or of equal groups of up to six, as ``repeat``."""
    result: list[Line] = []
    place = 0
    while place < len(lines):
        best = (1, 1)
        for width in range(1, 7):
            group = lines[place : place + width]
            if (
                len(group) < width
                or not all(line.name is None for line in group)
                or any(line.text.startswith("from ") for line in group)
            ):
                break
            times = 1
            while lines[place + times * width : place + (times + 1) * width] == group:
                times += 1
            if times > 1 and times * width > best[0] * best[1]:
                best = (width, times)
        width, times = best
        group = lines[place : place + width]
        if times > 1:
            inner = tidy(group)
            if len(inner) == 1 and is_plain(inner[0]):
                result.append(Line(None, f"repeat({times}, {inner[0].text})"))
            else:
                result.append(Line(None, f"repeat({times}):", tuple(inner)))
        else:
            result += group
        place += width * times
    return result


def render(lines: Iterable[Line]) -> list[str]:
    """The lines of a YAML list."""
    text: list[str] = []
    for line in lines:
        text += _rendered(line)
    return text


def _rendered(line: Line) -> list[str]:
    head = f"{line.name} = " if line.name else ""
    if not line.below:
        return [f"- {head}{line.text}"]
    below = render(line.below)
    if line.text:
        return [f"- {head}{line.text}", *(f"{INDENT * 2}{other}" for other in below)]
    if line.name:
        key = f"{line.name} =" if line.name in RESERVED else line.name
        return [f"- {key}:", *(f"{INDENT * 2}{other}" for other in below)]
    return [f"- {below[0]}", *(f"{INDENT}{other}" for other in below[1:])]


def quoted(text: str) -> str:
    """A title as YAML takes it."""
    return (
        text
        if re.fullmatch(r"[A-Za-z][\w .()/+-]*", text) and not text.endswith(" ")
        else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    )
