"""The text of Darknet's files: sections of keys and values, read as C does."""

from __future__ import annotations

import re

from cnncalc.convert.tree import ConvertError, Unsupported
from cnncalc.record import NamedTuple
from cnncalc.spec.printer import print_float


class Section(NamedTuple):
    """``[kind]`` with its values and the line where it begins."""

    kind: str
    values: dict[str, str]
    line: int

    def number(self, key: str, usual: int) -> int:
        """A whole number, as C reads it."""
        return atoi(self.values[key]) if self.values.get(key) else usual

    def numbers(self, key: str) -> list[int]:
        """A list of whole numbers, as C reads them."""
        return [atoi(part) for part in self.values.get(key, "").split(",") if part]

    def real(self, key: str, usual: str) -> str:
        """A real number, as C reads it, in the notation."""
        match = re.match(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", self.values.get(key, usual))
        return print_float(float(match[0])) if match else "0"


def atoi(text: str) -> int:
    """A text as C's atoi reads it: the digits that it begins with, and 0 without any."""
    match = re.match(r"[+-]?[0-9]{1,18}", text)
    return int(match[0]) if match else 0


def is_darknet(text: str) -> bool:
    """Whether a text looks like a .cfg file."""
    return re.search(r"^\s*\[(net|network)\]", text, re.MULTILINE) is not None


def sections(text: str) -> list[Section]:
    """The sections; blanks do not count, the first of equal keys does."""
    found: list[Section] = []
    for number, raw in enumerate(text.splitlines(), 1):
        line = re.sub(r"\s", "", raw)
        if not line or line[0] in "#;":
            continue
        if line[0] == "[":
            found.append(Section(line.strip("[]"), {}, number))
            continue
        key, equals, value = line.partition("=")
        if not equals or not found:
            raise ConvertError([Unsupported(f"'{raw.strip()}' is no key=value", f"line {number}")], "the file")
        found[-1].values.setdefault(key, value)
    return found
