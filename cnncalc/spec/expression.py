"""Exact arithmetic of the format: evaluation of expressions over ints and Fractions. Parsing is in ``statement``."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Protocol

from cnncalc.diagnostics import Span
from cnncalc.record import NamedTuple
from cnncalc.spec.syntax import Apply, Attribute, Binary, Dims, Expression, Name, Number, Sequence, Unary

LIMIT = 10**15
"""No number of a design is larger; a larger one is a mistake or an attack."""


class ExpressionError(Exception):
    """An expression or argument has no value: what is wrong, where, and what to do."""

    def __init__(self, message: str, span: Span | None, hint: str = "") -> None:
        """Keep the parts."""
        super().__init__(message)
        self.message = message
        self.span = span
        self.hint = hint


class UnknownSizeError(ExpressionError):
    """A size that is unknown because of an earlier problem, which has been reported."""


class Pair(NamedTuple):
    """``a:b``, such as padding at the begin and at the end."""

    first: int
    second: int


class Names(Protocol):
    """What gives names their values."""

    def name(self, name: Name) -> Any:
        """The value of a parameter; raises ExpressionError."""

    def attribute(self, field: str) -> int:
        """``in.c`` and so on; raises ExpressionError."""


def whole(value: int | Fraction) -> int | Fraction:
    """A whole Fraction as an int, anything else as it is."""
    return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value


def _divisible(value: int | Fraction, divisor: int | Fraction = 8) -> int | Fraction:
    """The multiple of ``divisor`` nearest to ``value``, at least ``divisor`` and not below 90 % of ``value``.

    Source: Howard et al., MobileNets, reference implementation ``_make_divisible``.
    """
    rounded = max(divisor, (value + Fraction(divisor) / 2) // divisor * divisor)
    return rounded + divisor if rounded < Fraction(9, 10) * value else rounded


LETTERS = "abcdefghijklmnopqrstuvwxyz"
"""What ``letter(0)``, ``letter(1)`` and so on are in a name."""


def _letter(value: Any) -> Any:
    """Nothing outside of names, which read it themselves."""
    del value
    raise ExpressionError("letter() stands in names only", None, "such as res{letter(i)} = conv 64 3")


def _roundup(value: int | Fraction, divisor: int | Fraction = 8) -> int | Fraction:
    return math.ceil(Fraction(value) / divisor) * divisor


FUNCTIONS: dict[str, tuple[int, int, Callable[..., Any]]] = {
    "min": (1, 99, min),
    "max": (1, 99, max),
    "abs": (1, 1, abs),
    "ceil": (1, 1, math.ceil),
    "floor": (1, 1, math.floor),
    "round": (1, 1, round),
    "divisible": (1, 2, _divisible),
    "roundup": (1, 2, _roundup),
    "letter": (1, 1, _letter),
}
"""Functions with their least and largest number of arguments; ``round`` is Python's, half to even."""


def evaluate(expression: Expression, names: Names) -> Any:
    """The value: int, Fraction, bool, Pair, or a tuple of these.

    Raises:
        ExpressionError: a name is unknown, a division by zero, a number beyond the limit, a wrong type.
    """
    return _EVALUATE[type(expression)](expression, names)


def _dims(expression: Dims, _: Names) -> Any:
    return expression.sizes


def _sequence(expression: Sequence, names: Names) -> Any:
    return tuple(evaluate(item, names) for item in expression.items)


def _attribute(expression: Attribute, names: Names) -> Any:
    try:
        return names.attribute(expression.field)
    except ExpressionError as error:
        raise type(error)(error.message, expression.span, error.hint) from None


def _number(expression: Expression, names: Names) -> int | Fraction:
    value = evaluate(expression, names)
    if not isinstance(value, int | Fraction):
        raise ExpressionError("a number is needed here", expression.span)
    return value


def _unary(expression: Unary, names: Names) -> Any:
    value = _number(expression.operand, names)
    return not value if expression.operator == "not" else -value


def _binary(expression: Binary, names: Names) -> Any:
    operator = expression.operator
    left = _number(expression.left, names)
    if operator in ("and", "or"):
        return (
            bool(left) and bool(_number(expression.right, names))
            if operator == "and"
            else bool(left) or bool(_number(expression.right, names))
        )
    right = _number(expression.right, names)
    if operator == ":":
        return Pair(_count(left, expression.left), _count(right, expression.right))
    if operator in ("/", "//", "%") and right == 0:
        raise ExpressionError("division by zero", expression.span)
    return _limited(_OPERATORS[operator](left, right), expression.span)


def _count(value: int | Fraction, expression: Expression) -> int:
    if not isinstance(value, int):
        raise ExpressionError(f"{value} must be a whole number", expression.span, "use //, round() or ceil()")
    return value


def _limited(value: Any, span: Span) -> Any:
    if isinstance(value, Fraction):
        value = whole(value)
        size = max(abs(value.numerator), value.denominator)
    else:
        size = abs(value)
    if size > LIMIT:
        raise ExpressionError("this number is beyond 10^15", span)
    return value


def _apply(expression: Apply, names: Names) -> Any:
    least, most, function = FUNCTIONS[expression.function]
    if not least <= len(expression.arguments) <= most:
        takes = str(least) if least == most else f"{least} to {most}"
        raise ExpressionError(
            f"{expression.function} takes {takes} {'number' if most == 1 else 'numbers'}", expression.span
        )
    values = [_number(argument, names) for argument in expression.arguments]
    if expression.function in ("divisible", "roundup") and values[-1] <= 0 < len(values) - 1:
        raise ExpressionError(f"{expression.function} needs a positive step, not {values[1]}", expression.span)
    return _limited(function(*values), expression.span)


_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: Fraction(a) / b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}

_EVALUATE: dict[type, Callable[[Any, Names], Any]] = {
    Number: lambda expression, names: expression.value,
    Dims: _dims,
    Name: lambda expression, names: names.name(expression),
    Attribute: _attribute,
    Unary: _unary,
    Binary: _binary,
    Sequence: _sequence,
    Apply: _apply,
}
