"""Names with expressions: ``layer{i+1}``, ``res{stage}{letter(i)}``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.spec.expression import LETTERS, ExpressionError, evaluate
from cnncalc.spec.syntax import Apply
from cnncalc.spec.terms import parse_expression
from cnncalc.spec.words import template_parts
from cnncalc.text import Text

if TYPE_CHECKING:
    from cnncalc.network.scope import Scope
    from cnncalc.spec.syntax import Statement


def filled(statement: Statement, scope: Scope) -> str:
    """The name of a statement with the values of its expressions.

    Raises:
        ExpressionError: one of them is no whole number from 0, or no letter of the alphabet.
    """
    parts = template_parts(statement.name or "")
    for place in range(1, len(parts), 2):
        parts[place] = _filling(statement, parts[place], scope)
    return "".join(parts)


def _filling(statement: Statement, text: str, scope: Scope) -> str:
    expression = parse_expression(Text(text))
    letter = isinstance(expression, Apply) and expression.function == "letter" and len(expression.arguments) == 1
    value = evaluate(expression.arguments[0] if letter and isinstance(expression, Apply) else expression, scope)
    if type(value) is not int or value < 0:
        raise ExpressionError(f"in the name '{statement.name}': {value} is no whole number", statement.name_span)
    if letter and value >= len(LETTERS):
        raise ExpressionError(
            f"in the name '{statement.name}': there is no letter {value}", statement.name_span, "a is 0, z is 25"
        )
    return LETTERS[value] if letter else str(value)
