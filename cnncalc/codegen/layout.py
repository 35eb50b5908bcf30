"""Python expressions as data, and their text within 88 columns, broken where the usual formatters break it."""

from __future__ import annotations

import re
from fractions import Fraction
from math import isinf
from typing import TYPE_CHECKING, Any

from cnncalc.record import NamedTuple
from cnncalc.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WIDTH = 88
"""Columns of a line: the default of black and of ruff."""

INDENT = "    "


class Bracket(NamedTuple):
    """``head(items…)``, ``[items…]`` or ``{items…}``: the only places where a line is broken."""

    head: str
    items: tuple[Code, ...]
    close: str = ")"


class Labelled(NamedTuple):
    """``stride=2`` or ``"conv1": nn.Conv2d(…)``: a text in front of an item; behind it stands nothing."""

    label: str
    value: Code


class Ternary(NamedTuple):
    """``code if condition else other``, in brackets over several lines where it is too long."""

    code: Code
    condition: str
    other: Code


class Starred(NamedTuple):
    """``*([a] if condition else [b])``, in brackets over several lines where it is too long."""

    value: Ternary


class Each(NamedTuple):
    """``*[code for i in range(n)]``, over several lines where it is too long."""

    code: Code
    turns: tuple[Code, ...]


Code = str | Bracket | Labelled | Ternary | Starred | Each
"""An expression: a text that is never broken, or brackets with items."""


def call(function: str, *items: Code) -> Bracket:
    """``function(items…)``."""
    return Bracket(f"{function}(", items)


def mapping(items: dict[str, Code]) -> Bracket:
    """``{"key": value}``."""
    return Bracket("{", tuple(Labelled(f'"{key}": ', value) for key, value in items.items()), "}")


def parsed(text: str) -> Code:
    """The text of a call as data, so that it can be broken: ``torch.cat([a, b], dim=1)``. Other text stays what it is."""
    opened = re.match(r"(\w+=)?([\w.]*\(|\[)", text)
    if opened is None:
        return text
    end = _closing(text, opened.end() - 1)
    if text[end + 1 :] not in ("", "[None]"):
        return text
    code = Bracket(opened[2], tuple(map(parsed, _items(text[opened.end() : end]))), text[end:])
    return Labelled(opened[1], code) if opened[1] else code


def _closing(text: str, start: int) -> int:
    """The place of the bracket that closes the one at ``start``."""
    depth = 0
    for place, char in enumerate(text[start:], start):
        depth += (char in "([{") - (char in ")]}")
        if not depth:
            return place
    return -1


def _items(text: str) -> list[str]:
    """What stands between commas that no bracket and no string holds."""
    items, depth, quoted = [""], 0, False
    for char in text:
        depth += (char in "([{") - (char in ")]}")
        quoted ^= char == '"'
        if char == "," and not depth and not quoted:
            items.append("")
        else:
            items[-1] += char
    return [item.strip() for item in items if item.strip()]


def chained(text: str) -> list[str]:
    """The links of a chain, ``x[0]`` and ``.flatten(1)``, which begin behind brackets: a text without blanks outside of brackets."""
    links, depth = [""], 0
    for place, char in enumerate(text):
        depth += (char in "([{") - (char in ")]}")
        if char == " " and not depth:
            return [text]
        if char == "." and not depth and text[place - 1] in ")]":
            links.append("")
        links[-1] += char
    return links


def flat(code: Code) -> str:
    """The expression in one line."""
    if isinstance(code, str):
        return code
    if isinstance(code, Labelled):
        return code.label + flat(code.value)
    if isinstance(code, Starred):
        return f"*({flat(code.value)})"
    if isinstance(code, Ternary):
        return f"{flat(code.code)} if {code.condition} else {flat(code.other)}"
    if isinstance(code, Each):
        return f"*[{flat(code.code)} {' '.join(map(flat, code.turns))}]"
    return f"{code.head}{', '.join(map(flat, code.items))}{code.close}"


def lines(prefix: str, code: Code, suffix: str = "", depth: int = 0) -> list[str]:
    """The lines of ``prefix + code + suffix`` at an indentation, as a formatter would break them.

    First everything in one line; else what is in the brackets in one line of its own; else one item per line, each with
    a comma behind it.
    """
    pad = INDENT * depth
    whole = f"{pad}{prefix}{flat(code)}{suffix}"
    if isinstance(code, Labelled):
        return lines(prefix + code.label, code.value, suffix, depth)
    if len(whole) <= WIDTH:
        return [whole]
    if isinstance(code, str):
        links = chained(code)
        if len(links) > 2:  # noqa: PLR2004 (of shorter chains formatters break the brackets)
            if len(pad) + len(INDENT) + len(code) <= WIDTH:
                return [f"{pad}{prefix}(", f"{pad}{INDENT}{code}", f"{pad}){suffix}"]
            return [f"{pad}{prefix}(", *(f"{pad}{INDENT}{link}" for link in links), f"{pad}){suffix}"]
        return (
            [f"{pad}{prefix}(", f"{pad}{INDENT}{code}", f"{pad}){suffix}"]
            if " + " in code or " * " in code
            else [whole]
        )
    if isinstance(code, Ternary | Starred):
        choice, star = (code.value, "*") if isinstance(code, Starred) else (code, "")
        body = [*lines("", choice.code, depth=depth + 1), *lines(f"if {choice.condition}", "", depth=depth + 1)]
        return [f"{pad}{prefix}{star}(", *body, *lines("else ", choice.other, depth=depth + 1), f"{pad}){suffix}"]
    if isinstance(code, Each):
        return [
            f"{pad}{prefix}*[",
            *lines("", code.code, depth=depth + 1),
            *(line for turn in code.turns for line in lines("", turn, depth=depth + 1)),
            f"{pad}]{suffix}",
        ]
    if not code.items:
        return [whole]
    inner = ", ".join(map(flat, code.items))
    first, last = f"{pad}{prefix}{code.head}", f"{pad}{code.close}{suffix}"
    lone = len(code.items) == 1 and isinstance(code.items[0], Bracket)
    if len(pad) + len(INDENT) + len(inner) <= WIDTH and code.head not in ("(", "[", "{") and not lone:
        return [first, f"{pad}{INDENT}{inner}", last]
    body = [line for item in code.items for line in lines("", item, "" if _starred(code, item) else ",", depth + 1)]
    return [first, *body, last]


def _starred(code: Bracket, item: Code) -> bool:
    """Whether no comma may stand behind an item: a lone comprehension."""
    return len(code.items) == 1 and isinstance(item, str) and " for " in item


class Line(NamedTuple):
    """A statement: ``prefix`` and an expression, and a comment where there is room for it."""

    prefix: str
    code: Code
    comment: str = ""


class Suite(NamedTuple):
    """``for …:``, ``if …:`` or ``else:``, and the statements below it."""

    head: str
    body: tuple[Line | Suite, ...]


def text_of(statements: Iterable[Line | Suite], depth: int) -> list[str]:
    """The lines of statements at an indentation."""
    text: list[str] = []
    for statement in statements:
        if isinstance(statement, Suite):
            text += [f"{INDENT * depth}{statement.head}", *text_of(statement.body, depth + 1)]
            continue
        written = lines(statement.prefix, statement.code, depth=depth)
        if len(written) == 1 and len(written[0] + statement.comment) <= WIDTH:
            written[0] += statement.comment
        text += written
    return text


MOST = 4
"""How many results a head spells out."""


def results(number: int) -> str:
    """The type of what a forward returns."""
    if number == 1:
        return "Tensor"
    return f"tuple[{', '.join(['Tensor'] * number)}]" if number <= MOST else "tuple[Tensor, ...]"


def returned(values: Sequence[str]) -> list[str]:
    """``return x, y`` in a method, in brackets where it is too long for a line."""
    whole = f"{INDENT * 2}return {', '.join(values)}"
    return [whole] if len(whole) <= WIDTH else lines("return ", Bracket("(", tuple(values)), depth=2)


def docstring(text: str) -> str:
    """A text as a docstring of one line: it ends where it should, and holds nothing that Python would take for more."""
    escaped = printable(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"""{escaped}."""'


def literal(value: Any) -> str:
    """A value as Python text.

    Fractions become floats, since torch takes no others; lists and tuples keep their kind.
    """
    if isinstance(value, Fraction):
        return repr(float(value))
    if isinstance(value, float) and isinf(value):
        return "math.inf" if value > 0 else "-math.inf"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    if isinstance(value, tuple):
        inner = ", ".join(map(literal, value))
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    return repr(value)
