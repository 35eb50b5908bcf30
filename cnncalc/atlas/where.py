"""Conditions on rows, ``macs < 1G and rf > 200``: the expressions of specs, with units, over the columns of the table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnncalc.atlas.figures import WHOLE
from cnncalc.atlas.table import COLUMNS, TEXTS, Row
from cnncalc.diagnostics import Problem, Source, SpecError
from cnncalc.spec.expression import LIMIT, ExpressionError, evaluate
from cnncalc.spec.figures import UNITS
from cnncalc.spec.suggest import nearest
from cnncalc.spec.syntax import Binary, Expression, Name, Number, Unary
from cnncalc.spec.terms import Terms
from cnncalc.spec.tokens import NotationError
from cnncalc.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
_EXAMPLE = "such as macs < 1G and rf > 200"


class UnknownError(Exception):
    """A figure of this row is unknown."""


class _Terms(Terms):
    """Expressions whose numbers may have a unit behind them."""

    def operand(self, *, tight: bool) -> Expression:
        start = self.index
        value = super().operand(tight=tight)
        if not isinstance(value, Number) or self.token.text not in UNITS or self.token.kind != "name":
            return value
        scaled = value.value * UNITS[self.next().text]
        if scaled > LIMIT:
            raise NotationError("this number is beyond 10^15", self.since(start))
        return Number(scaled, self.since(start))


class _Names:
    """The numbers of a row."""

    def __init__(self, row: Row) -> None:
        self.row = row

    def name(self, name: Name) -> Any:
        value = LIMIT if name.text == WHOLE else self.row[name.text]
        if value is None:
            raise UnknownError
        return LIMIT if value == WHOLE else value

    def attribute(self, field: str) -> int:
        raise ExpressionError(f"there is no in.{field} here", None)


def chosen(rows: Iterable[Row], condition: str) -> list[Row]:
    """The rows for which a condition holds; a comparison with an unknown figure does not.

    Raises:
        SpecError: it is no condition; with the place in it.
    """
    try:
        parser = _Terms(Text(condition), lines=False)
        tree = parser.expression()
        if not parser.at_end():
            raise parser.unexpected(
                "and, or, or the end of the condition", "equality is ==" if parser.sees("=") else ""
            )
        _check(tree)
        return [row for row in rows if _holds(tree, row)]
    except (NotationError, ExpressionError) as error:
        raise SpecError([Problem(error.message, Source("--where", condition), error.span, error.hint)]) from None


def _check(tree: Expression) -> None:
    """Refuse what is no condition, and names that are no columns."""
    if isinstance(tree, Unary) and tree.operator == "not":
        _check(tree.operand)
    elif isinstance(tree, Binary) and tree.operator in ("and", "or"):
        _check(tree.left)
        _check(tree.right)
    elif isinstance(tree, Binary) and tree.operator in _COMPARISONS:
        if _is_text(tree.left):
            _check_text(tree)
        else:
            _check_numbers(tree.left)
            _check_numbers(tree.right)
    else:
        raise NotationError("this compares nothing", tree.span, _EXAMPLE)


def _check_text(tree: Binary) -> None:
    if tree.operator not in ("==", "!=") or not isinstance(tree.right, Name):
        raise NotationError("a text is compared with == or != and a word", tree.span, "such as family == resnet")


def _check_numbers(tree: Any) -> None:
    """Refuse names that are no columns of numbers, anywhere in an operand."""
    if tree is None:
        return
    if isinstance(tree, Name):
        if tree.text not in (*COLUMNS, WHOLE):
            message = f"the atlas has no column '{tree.text}'{nearest(tree.text, COLUMNS)}"
            raise NotationError(message, tree.span, f"it has {', '.join(COLUMNS)}")
        if tree.text in TEXTS:
            raise NotationError(f"{tree.text} is a text", tree.span, f"write it on the left: {tree.text} == word")
    for name in ("operand", "left", "right"):
        _check_numbers(getattr(tree, name, None))
    for part in (*getattr(tree, "arguments", ()), *getattr(tree, "items", ())):
        _check_numbers(part)


def _is_text(tree: Expression) -> bool:
    return isinstance(tree, Name) and tree.text in TEXTS


def _holds(tree: Any, row: Row) -> bool:
    if isinstance(tree, Unary):
        return not _holds(tree.operand, row)
    if tree.operator == "and":
        return _holds(tree.left, row) and _holds(tree.right, row)
    if tree.operator == "or":
        return _holds(tree.left, row) or _holds(tree.right, row)
    if _is_text(tree.left):
        return bool(row[tree.left.text] == tree.right.text) is (tree.operator == "==")
    try:
        return bool(evaluate(tree, _Names(row)))
    except UnknownError:
        return False
