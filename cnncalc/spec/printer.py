"""The syntax tree back into the one-line notation, in its canonical spelling."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

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
    return "x".join(map(str, sizes))


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
    shared = ", shared" if stage.shared else ""
    return f"repeat({print_expression(stage.count, tight=True)}{variable}, {_inline(stage.body)}{shared})"


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
    if isinstance(value, int):
        return str(value)
    denominator = value.denominator
    for factor in (2, 5):
        while denominator % factor == 0:
            denominator //= factor
    return _decimal(value) if denominator == 1 else f"{value.numerator}/{value.denominator}"


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
