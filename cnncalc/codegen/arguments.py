"""The arguments of layers and blocks: as the spec gives them, as torch takes them."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cnncalc.codegen.layout import Bracket, Code, lines
from cnncalc.codegen.pyexpr import Unable
from cnncalc.network.binding import FLAG, SHORT
from cnncalc.spec.syntax import (
    Apply,
    Binary,
    Block,
    Body,
    Call,
    Dims,
    Expression,
    From,
    Group,
    If,
    Merge,
    Name,
    Number,
    Path,
    Repeat,
    Shared,
    Stage,
    Unary,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

DEFAULTS: dict[str, Any] = {
    "stride": 1,
    "padding": 0,
    "dilation": 1,
    "groups": 1,
    "output_padding": 0,
    "bias": True,
    "ceil_mode": False,
}
"""What torch takes where an argument is left out."""

MISSING = object()


def parts_of(made: list[Any]) -> list[tuple[int | str, str | None]]:
    """The arguments of calls of one class, positional by number, keywords by name, with the field that each comes from."""
    longest = max(made, key=lambda call: len(call.arguments))
    parts: list[tuple[int | str, str | None]] = []
    for place, argument in enumerate(longest.arguments):
        parts.append((argument.keyword or place, argument.field))
    keywords = {argument.keyword for call in made for argument in call.arguments if argument.keyword}
    missing = keywords - {key for key, _ in parts}
    return [
        *parts,
        *(
            (keyword, next(a.field for call in made for a in call.arguments if a.keyword == keyword))
            for keyword in sorted(missing)
        ),
    ]


def value_at(call: Any, key: int | str) -> Any:
    """The value of an argument; what torch takes where it is left out.

    Raises:
        Unable: nobody knows that.
    """
    for place, argument in enumerate(call.arguments):
        if (argument.keyword or place) == key:
            return argument.value
    value = default_of(call.target, str(key))
    if value is MISSING:
        raise Unable(f"the argument {key} is not always given")
    return value


def default_of(target: str, name: str) -> Any:
    """What torch takes for an argument that is left out; the stride of a pooling is its window."""
    return MISSING if name == "stride" and "Pool" in target else DEFAULTS.get(name, MISSING)


def arguments_by_field(stage: Call, layer: Any) -> dict[str, Expression]:
    """The expressions that the spec gives to the fields of a layer."""
    waiting = list(layer.positional)
    given: dict[str, Expression] = {}
    for argument in stage.arguments:
        value = argument.value
        if argument.keyword is not None:
            field = SHORT.get(argument.keyword, argument.keyword)
        elif isinstance(value, Name) and (FLAG.match(value.text) or value.text in layer.words):
            continue
        else:
            while waiting and waiting[0] in given:
                waiting.pop(0)
            field = waiting[0] if waiting else ""
        given[field] = value
    return given


def arguments_of(block: Block, stage: Call, known: set[str]) -> dict[str, Expression]:
    """The expressions that a call gives to the parameters of a block; ``known`` are names that are no flags here."""
    names = [parameter.name for parameter in block.parameters]
    given: dict[str, Expression] = {}
    for argument in stage.arguments:
        value = argument.value
        match = FLAG.match(value.text) if isinstance(value, Name) and value.text not in known else None
        if argument.keyword is not None:
            given[argument.keyword] = value
        elif match is not None and match[1] in names and isinstance(value, Name):
            given[match[1]] = Number(int(match[2]), value.span) if match[2].isdecimal() else value
        else:
            given[next(name for name in names if name not in given)] = value
    return given


def may_be_float(expression: Any, fractions: set[str]) -> bool:
    """Whether Python would compute an expression in floats: a division, or a parameter that is a fraction."""
    if isinstance(expression, Apply):
        return expression.function in ("min", "max", "abs") and any(
            may_be_float(e, fractions) for e in expression.arguments
        )
    if isinstance(expression, Binary):
        return (
            expression.operator == "/"
            or may_be_float(expression.left, fractions)
            or may_be_float(expression.right, fractions)
        )
    if isinstance(expression, Unary):
        return may_be_float(expression.operand, fractions)
    if isinstance(expression, Name):
        return expression.text in fractions
    return isinstance(expression, Number) and isinstance(expression.value, Fraction)


def uses_names(expression: Any) -> bool:
    """Whether an expression is more than a literal."""
    return not isinstance(expression, Number | Dims)


def super_call(items: list[Code]) -> list[str]:
    """``super().__init__(...)`` with every module on a line of its own where they do not fit."""
    return lines("", Bracket("super().__init__(", tuple(items)), depth=2)


def camel(name: str) -> str:
    """``basic_block`` as ``BasicBlock``; short names such as ``cbr`` in capitals."""
    parts = name.split("_")
    if len(parts) == 1 and len(name) <= 3:  # noqa: PLR2004 (an abbreviation)
        return name.upper()
    return "".join(part[:1].upper() + part[1:] for part in parts)


def names_read(body: Body) -> set[str]:
    """The named values that a body may read later: by ``from``, or as an argument. An unpool reads indices, no value."""
    names: set[str] = set()
    for stage in stages_of(body):
        if isinstance(stage, From):
            names.add(stage.name)
        elif isinstance(stage, Call) and stage.name != "unpool":
            names |= {argument.value.text for argument in stage.arguments if isinstance(argument.value, Name)}
    return names


def names_given(body: Body) -> set[str]:
    """The names of all statements and shared weights, at any depth."""
    inner = (part for stage in stages_of(body) for part in bodies_of(stage))
    names = {statement.name for part in (body, *inner) for statement in part if statement.name is not None}
    return names | {stage.name for stage in stages_of(body) if isinstance(stage, Shared)}


def stages_of(body: Body) -> Iterator[Stage]:
    """All stages, at any depth."""
    for statement in body:
        for stage in statement.stages:
            yield stage
            for part in bodies_of(stage):
                yield from stages_of(part)


def bodies_of(stage: Stage) -> tuple[Body, ...]:
    """The bodies within a stage."""
    if isinstance(stage, Merge):
        return stage.parts
    if isinstance(stage, If):
        return stage.then, stage.otherwise
    return (stage.body,) if isinstance(stage, Path | Group | Repeat | Shared) else ()
