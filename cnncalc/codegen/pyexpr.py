"""Expressions of a spec as Python text, and expressions found for numbers that a layer derives from its arguments."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cnncalc.codegen.layout import literal
from cnncalc.spec.syntax import Apply, Attribute, Binary, Dims, Name, Number, Sequence, Unary
from cnncalc.spec.terms import PRECEDENCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cnncalc.spec.syntax import Expression


class Unable(Exception):  # noqa: N818 (no error: the flat form is written instead)
    """The network cannot be written with one class per block; says why."""


FUNCTIONS = {
    "ceil": "math.ceil",
    "floor": "math.floor",
    "round": "round",
    "min": "min",
    "max": "max",
    "abs": "abs",
    "divisible": "divisible",
    "roundup": "roundup",
}

HELPERS = {
    "divisible": [
        "def divisible(value: float, by: int = 8) -> int:",
        '    """The nearest multiple that is not below 90 % of the value."""',
        "    near = max(by, int(value + by / 2) // by * by)",
        "    return near + by if near < 0.9 * value else near",
    ],
    "roundup": [
        "def roundup(value: float, by: int = 8) -> int:",
        '    """The next multiple."""',
        "    return math.ceil(value / by) * by",
    ],
}  # fmt: skip
"""Functions of the notation that Python has not."""


def python(expression: Expression, names: Mapping[str, str], channels: str | None) -> str:
    """The text of an expression.

    Args:
        expression: of the spec.
        names: what the names of the spec are called in Python.
        channels: what ``in.c`` is here.

    Raises:
        Unable: it speaks of what Python does not know.
    """
    return _text(expression, names, channels, 0)


def _text(expression: Expression, names: Mapping[str, str], channels: str | None, level: int) -> str:
    if isinstance(expression, Number):
        value = expression.value
        return str(value) if isinstance(value, int) else literal(value)
    if isinstance(expression, Dims):
        return literal(expression.sizes)
    if isinstance(expression, Name):
        if expression.text not in names:
            raise Unable(f"the name {expression.text}")
        return names[expression.text]
    if isinstance(expression, Attribute):
        if expression.field != "c" or channels is None:
            raise Unable(f"in.{expression.field}")
        return channels if level == 0 or channels.isidentifier() or channels.isdecimal() else f"({channels})"
    if isinstance(expression, Sequence):
        inner = ", ".join(_text(item, names, channels, 0) for item in expression.items)
        return f"({inner},)" if len(expression.items) == 1 else f"({inner})"
    if isinstance(expression, Apply):
        inner = ", ".join(_text(item, names, channels, 0) for item in expression.arguments)
        return f"{FUNCTIONS[expression.function]}({inner})"
    if isinstance(expression, Unary):
        inner = _text(expression.operand, names, channels, 9)
        return f"not {inner}" if expression.operator == "not" else f"-{inner}"
    return _binary(expression, names, channels, level)


def _binary(expression: Any, names: Mapping[str, str], channels: str | None, level: int) -> str:
    assert isinstance(expression, Binary)  # noqa: S101 (the last of the closed set)
    if expression.operator == ":":
        raise Unable("padding that differs between the sides")
    own = PRECEDENCE[expression.operator]
    left, right = _text(expression.left, names, channels, own), _text(expression.right, names, channels, own + 1)
    text = f"{left} {expression.operator} {right}"
    return f"({text})" if own < level else text


def found(column: list[Any], known: Mapping[str, list[Any]]) -> str:
    """An expression over known columns of numbers that gives this column; the simplest there is.

    Raises:
        Unable: none of the usual forms does.
    """
    if all(value == column[0] for value in column[1:]):
        return literal(column[0])
    if not all(type(value) is int for value in column):
        raise Unable("a value that is no whole number differs between calls")
    numbers = {name: values for name, values in known.items() if all(type(value) is int for value in values)}
    for text, values in _candidates(numbers):
        if values == column:
            return text
    raise Unable("a value for which no expression was found")


def _candidates(known: Mapping[str, list[int]]) -> Iterable[tuple[str, list[int]]]:
    yield from known.items()
    for factor in (2, 3, 4, 6, 8):
        for name, values in known.items():
            yield f"{factor} * {name}", [factor * value for value in values]
            yield f"{name} // {factor}", [value // factor for value in values]
    for name, values in known.items():
        yield f"({name} - 1) // 2", [(value - 1) // 2 for value in values]
    for a, first in known.items():
        for b, second in known.items():
            yield f"{a} * {b}", [x * y for x, y in zip(first, second, strict=True)]
            if all(second):
                yield f"{a} // {b}", [x // y for x, y in zip(first, second, strict=True)]
            yield f"{a} + {b}", [x + y for x, y in zip(first, second, strict=True)]
            yield f"{b} * ({a} - 1) // 2", [y * (x - 1) // 2 for x, y in zip(first, second, strict=True)]


def value_of(value: Any) -> Any:
    """A number of the spec as Python has it when the text is run."""
    return float(value) if isinstance(value, Fraction) else value
