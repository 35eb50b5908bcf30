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


TRUTH = {"true": "True", "false": "False"}


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
        text = names.get(expression.text, TRUTH.get(expression.text))
        if text is None:
            raise Unable(f"the name {expression.text}")
        return text
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


THREE = 3
"""So many places say that a line is no accident."""


def found(column: list[Any], known: Mapping[str, list[Any]], constants: Mapping[int, str]) -> str:
    """An expression over known columns of numbers that gives this column; the simplest there is.

    Args:
        column: the numbers wanted, one per call.
        known: the numbers that have a name, one per call.
        constants: names for the steps of a line.

    Raises:
        Unable: none of the usual forms does.
    """
    if all(value == column[0] for value in column[1:]):
        return literal(column[0])
    if all(isinstance(value, tuple) and len(value) == len(column[0]) for value in column):
        return f"({', '.join(found(list(part), known, constants) for part in zip(*column, strict=True))})"
    if not all(type(value) is int for value in column):
        raise Unable("a value that is no whole number differs between calls")
    numbers = {
        name: values for name, values in known.items() if name.isidentifier() and all(type(v) is int for v in values)
    }
    for text, values in _candidates(numbers, column, constants):
        if values == column:
            return text
    raise Unable("a value for which no expression was found")


def _candidates(
    known: Mapping[str, list[int]], column: list[int], constants: Mapping[int, str]
) -> Iterable[tuple[str, list[int]]]:
    yield from known.items()
    for factor in (2, 3, 4, 6, 8):
        for name, values in known.items():
            yield f"{factor} * {name}", [factor * value for value in values]
            yield f"{name} // {factor}", [value // factor for value in values]
    for name, values in known.items():
        yield f"({name} - 1) // 2", [(value - 1) // 2 for value in values]
    yield from _lines(known, column, constants)
    for a, first in known.items():
        for b, second in known.items():
            yield f"{a} * {b}", [x * y for x, y in zip(first, second, strict=True)]
            if all(second):
                yield f"{a} // {b}", [x // y for x, y in zip(first, second, strict=True)]
            yield f"{a} + {b}", [x + y for x, y in zip(first, second, strict=True)]
            yield f"{b} * ({a} - 1) // 2", [y * (x - 1) // 2 for x, y in zip(first, second, strict=True)]


def _lines(
    known: Mapping[str, list[int]], column: list[int], constants: Mapping[int, str]
) -> Iterable[tuple[str, list[int]]]:
    """``7 + 3 * i`` and ``channels + 32 * i``: a slope that two places give, tried on all."""
    bases: dict[str, list[int]] = {"": [0] * len(column), **known}
    for a, first in bases.items():
        rest = [value - base for value, base in zip(column, first, strict=True)]
        for b, second in known.items():
            other = next((place for place, value in enumerate(second) if value != second[0]), None)
            if a == b or other is None:
                continue
            slope = Fraction(rest[other] - rest[0], second[other] - second[0])
            start = rest[0] - slope * second[0]
            if slope.denominator > 1 or slope < 1 or (a and start):
                continue
            if slope > 1 and len(set(second)) < THREE:
                continue  # through two places goes always one
            term = b if slope == 1 else f"{constants.get(int(slope), slope)} * {b}"
            text = (
                f"{a} + {term}" if a else f"{start} + {term}" if start > 0 else f"{term} - {-start}" if start else term
            )
            yield text, [base + int(start + slope * x) for base, x in zip(first, second, strict=True)]


def value_of(value: Any) -> Any:
    """A number of the spec as Python has it when the text is run."""
    return float(value) if isinstance(value, Fraction) else value
