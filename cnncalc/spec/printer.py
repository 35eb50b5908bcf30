"""The syntax tree back into the one-line notation, in its canonical spelling."""

from __future__ import annotations

import re
from fractions import Fraction
from math import isinf
from typing import TYPE_CHECKING, Any

from cnncalc.layers.base import Indices
from cnncalc.spec.syntax import (
    Apply,
    Argument,
    Attribute,
    Binary,
    Body,
    Call,
    Dims,
    Expression,
    From,
    Group,
    Identity,
    If,
    Input,
    Merge,
    Name,
    Number,
    Path,
    Repeat,
    Sequence,
    Shared,
    Stage,
    Statement,
    Unary,
)
from cnncalc.spec.terms import PRECEDENCE

if TYPE_CHECKING:
    from collections.abc import Callable

_WORDS = {"maximum": "max", "minimum": "min"}
_TIGHTEST = 7
_ZEROS = 10
"""Characters before the first digit of a decimal from which on it is written with an exponent."""


def print_statement(statement: Statement) -> str:
    """A statement in one line: ``name = stage | stage -> 96x55x55``."""
    name = f"{statement.name} = " if statement.name else ""
    expect = f" -> {print_sizes(statement.expect.sizes)}" if statement.expect else ""
    return f"{name}{print_pipeline(statement)}{expect}"


def print_pipeline(statement: Statement) -> str:
    """The stages of a statement."""
    return " | ".join(map(print_stage, statement.stages))


def print_stage(stage: Stage) -> str:
    """One stage."""
    return _STAGES[type(stage)](stage)


def print_sizes(sizes: tuple[int, ...]) -> str:
    """``96x55x55``."""
    return "x".join(map(str, sizes)) + (" int" if isinstance(sizes, Indices) else "")


def print_expression(expression: Expression, *, tight: bool = False) -> str:
    """An expression. ``tight``: as an argument, without blanks outside of brackets."""
    return _expression(expression, 0, "" if tight else " ")


def print_argument(argument: Argument) -> str:
    """``3`` or ``s=2``."""
    value = _as_argument(argument.value)
    return f"{argument.keyword}={value}" if argument.keyword else value


def _as_argument(value: Expression) -> str:
    words = isinstance(value, Binary) and value.operator in ("and", "or")
    logic = words or (isinstance(value, Unary) and value.operator == "not")
    return f"({print_expression(value)})" if logic else print_expression(value, tight=True)


def _inline(body: Body) -> str:
    """A body where one pipeline can stand."""
    return "; ".join(map(print_statement, body))


def _call(stage: Call) -> str:
    return " ".join([stage.name, *map(print_argument, stage.arguments)])


def _merge(stage: Merge) -> str:
    parts = [*map(_inline, stage.parts), *map(print_argument, stage.arguments)]
    return f"{_WORDS.get(stage.operator, stage.operator)}({', '.join(parts)})"


def _repeat(stage: Repeat) -> str:
    variable = f" as {stage.variable}" if stage.variable else ""
    way = ", shared" if stage.shared else ", concat" if stage.gathers else ""
    return f"repeat({print_expression(stage.count, tight=True)}{variable}, {_inline(stage.body)}{way})"


def _if(stage: If) -> str:
    otherwise = f", {_inline(stage.otherwise)}" if stage.otherwise else ""
    return f"if({print_expression(stage.condition)}, {_inline(stage.then)}{otherwise})"


def _shared(stage: Shared) -> str:
    return f"shared({stage.name}, {_inline(stage.body)})" if stage.body else f"shared({stage.name})"


_STAGES: dict[type, Callable[[Any], str]] = {
    Call: _call,
    Input: lambda stage: print_sizes(stage.sizes),
    From: lambda stage: f"from {stage.name}",
    Identity: lambda stage: "id",
    Merge: _merge,
    Repeat: _repeat,
    If: _if,
    Shared: _shared,
    Group: lambda stage: f"group({stage.title}, {_inline(stage.body)})",
    Path: lambda stage: _inline(stage.body),
}


def print_number(value: int | Fraction) -> str:
    """A literal: whole, decimal where that is exact, else a quotient."""
    if value.denominator == 1:
        return str(int(value))
    value, denominator = Fraction(value), value.denominator
    for factor in (2, 5):
        while denominator % factor == 0:
            denominator //= factor
    if denominator != 1:
        return f"{value.numerator}/{value.denominator}"
    text = _decimal(value)
    zeros = re.match(r"-?0\.0*", text)
    return text if zeros is None or len(zeros[0]) < _ZEROS else _scientific(text)


def print_float(value: float) -> str:
    """A float by the shortest decimal that reads back as it; ``inf`` and ``-inf`` as they are."""
    return str(value) if isinf(value) else print_number(Fraction(repr(value)))


def _scientific(text: str) -> str:
    """``1.25e-12`` for a decimal that begins with many zeros."""
    sign, digits = ("-", text[1:]) if text[0] == "-" else ("", text)
    after = digits.partition(".")[2]
    kept = after.lstrip("0")
    fraction = f".{kept[1:]}" if kept[1:] else ""
    return f"{sign}{kept[0]}{fraction}e-{len(after) - len(kept) + 1}"


def _decimal(value: Fraction) -> str:
    places = 0
    while (value * 10**places).denominator != 1:
        places += 1
    digits = str(abs((value * 10**places).numerator)).rjust(places + 1, "0")
    sign = "-" if value < 0 else ""
    return f"{sign}{digits[: len(digits) - places]}.{digits[len(digits) - places :]}"


def _expression(value: Expression, level: int, blank: str) -> str:
    if isinstance(value, Binary):
        return _binary(value, level, blank)
    if isinstance(value, Unary):
        return _unary(value, level, blank)
    return _atom(value, blank)


def _atom(value: Expression, blank: str) -> str:
    if isinstance(value, Number):
        return print_number(value.value)
    if isinstance(value, Dims):
        return print_sizes(value.sizes)
    if isinstance(value, Attribute):
        return f"in.{value.field}"
    if isinstance(value, Sequence):
        items = f",{blank}".join(_expression(item, 0, blank) for item in value.items)
        return f"({items},)" if len(value.items) == 1 else f"({items})"
    if isinstance(value, Apply):
        return f"{value.function}({', '.join(_expression(item, 0, blank) for item in value.arguments)})"
    assert isinstance(value, Name)  # noqa: S101 (the last of the closed set)
    return value.text


def _binary(value: Binary, level: int, blank: str) -> str:
    own = PRECEDENCE[value.operator]
    if own < level:
        return f"({_binary(value, 0, blank)})"
    around = "" if value.operator == ":" else blank
    return f"{_expression(value.left, own, blank)}{around}{value.operator}{around}{_expression(value.right, own + 1, blank)}"


def _unary(value: Unary, level: int, blank: str) -> str:
    if value.operator == "not":
        text = f"not {_expression(value.operand, PRECEDENCE['=='], ' ')}"
        return f"({text})" if level > PRECEDENCE["and"] else text
    text = f"-{_expression(value.operand, _TIGHTEST - 1, blank)}"
    return f"({text})" if level >= _TIGHTEST else text
