"""From the arguments of a statement to the fields of a layer, with the place of each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any, get_args

from pydantic import ValidationError

from cnncalc.layers.accept import accepts
from cnncalc.network.scope import Scope
from cnncalc.record import NamedTuple
from cnncalc.spec.expression import LIMIT, ExpressionError, Pair, evaluate
from cnncalc.spec.suggest import nearest
from cnncalc.spec.syntax import Argument, Call, Name, Unary

if TYPE_CHECKING:
    from cnncalc.diagnostics import Span
    from cnncalc.layers.base import Layer

SHORT: Mapping[str, str] = {
    "k": "kernel_size",
    "s": "stride",
    "p": "padding",
    "d": "dilation",
    "g": "groups",
    "op": "output_padding",
    "out": "out_channels",
}
"""Short argument names of the format; the long ones are torch's."""

_TRUTH = (bool, bool | str)
"""Types of fields that are true or false."""

FLAG = re.compile(r"(op|[a-z])(\d+(?:x\d+)*)\Z")


class Binding(NamedTuple):
    """The fields that a call gives, where each was written, and the named values that it refers to."""

    fields: dict[str, Any]
    places: dict[str, Span]
    references: tuple[int, ...]


def flag_value(digits: str, span: Span) -> int | tuple[int, ...]:
    """The numbers of a flag: ``2`` or ``1x0``.

    Raises:
        ExpressionError: one is beyond the limit of all numbers.
    """
    parts = [part.lstrip("0") or "0" for part in digits.split("x")]
    if any(len(part) > len(str(LIMIT)) or int(part) > LIMIT for part in parts):
        raise ExpressionError("this number is beyond 10^15", span)
    sizes = tuple(map(int, parts))
    return sizes[0] if len(sizes) == 1 else sizes


def plain(value: Any) -> Any:
    """A value as layers take it: pairs and sequences become tuples of numbers."""
    if isinstance(value, Pair):
        return ((value.first, value.second),)
    if type(value) is tuple and any(isinstance(item, Pair) for item in value):
        return tuple((item.first, item.second) if isinstance(item, Pair) else (item, item) for item in value)
    return value


class _Binder:
    """Collects the fields of one call."""

    def __init__(self, kind: type[Layer], call: Call, scope: Scope) -> None:
        self.kind = kind
        self.call = call
        self.scope = scope
        self.known = kind.model_fields
        self.fields: dict[str, Any] = {}
        self.places: dict[str, Span] = {}
        self.references: dict[str, int] = {}
        self.waiting = list(kind.positional)

    def bind(self) -> Binding:
        for argument in self.call.arguments:
            self.take(argument)
        return Binding(
            self.fields, self.places, tuple(self.references[f] for f in self.kind.references if f in self.references)
        )

    def take(self, argument: Argument) -> None:
        value = argument.value
        if argument.keyword is not None:
            self.take_keyword(argument)
        elif not isinstance(value, Name):
            self.take_positional(argument)
        elif value.text in self.kind.words:
            for field, word_value in self.kind.words[value.text].items():
                self.put(field, word_value, argument.span)
        elif self.is_reference(value) or not self.take_flag(value):
            self.take_positional(argument)

    def is_reference(self, name: Name) -> bool:
        """Whether a value of the network is wanted next and has this name, even if it looks like a flag (``unpool p1``)."""
        return bool(self.waiting) and self.waiting[0] in self.kind.references and self.scope.find(name.text) is not None

    def take_flag(self, name: Name) -> bool:
        match = FLAG.match(name.text)
        field = None if match is None else self.field(match[1])
        if match is None or field is None or name.text in self.scope.parameters:
            return False
        self.put(field, flag_value(match[2], name.span), name.span)
        return True

    def field(self, keyword: str) -> str | None:
        field = SHORT.get(keyword, keyword)
        if field in self.known:
            return field
        return keyword if keyword in self.known else None

    def take_keyword(self, argument: Argument) -> None:
        keyword = argument.keyword or ""
        field = self.field(keyword)
        if field is None:
            takes = [short for short, long in SHORT.items() if long in self.known] + list(self.known)
            message = f"{self.call.name} has no argument '{keyword}'{nearest(keyword, takes)}"
            raise ExpressionError(
                message, argument.span, f"{self.call.name} takes {', '.join(self.known) or 'no arguments'}"
            )
        self.put(field, self.value(field, argument), argument.span)

    def take_positional(self, argument: Argument) -> None:
        while self.waiting and self.waiting[0] in self.fields:
            self.waiting.pop(0)
        if not self.waiting:
            raise self.surplus(argument)
        self.put(self.waiting[0], self.value(self.waiting[0], argument), argument.span)

    def surplus(self, argument: Argument) -> ExpressionError:
        value = argument.value
        name = self.call.name
        if isinstance(value, Name) and value.text not in self.scope.parameters:
            guess = nearest(value.text, [*self.kind.words, *self.scope.parameters])
            words = ", ".join(self.kind.words)
            return ExpressionError(
                f"{name} does not know the word '{value.text}'{guess}",
                argument.span,
                f"words of {name}: {words}" if words else "",
            )
        takes = ", ".join(self.kind.positional) or "none"
        return ExpressionError(f"too many arguments for {name}", argument.span, f"{name} takes in this order: {takes}")

    def value(self, field: str, argument: Argument) -> Any:
        value = argument.value
        if isinstance(value, Name) and field in self.kind.references and not self.is_constant(value):
            return self.reference(field, value)
        if isinstance(value, Name) and argument.keyword is not None and value.text not in self.scope.parameters:
            return {"true": True, "false": False}.get(value.text, value.text)
        if isinstance(value, Unary) and isinstance(value.operand, Name) and self.takes_infinity(field, value.operand):
            return "-inf"
        return plain(evaluate(value, self.scope))

    def takes_infinity(self, field: str, name: Name) -> bool:
        """Whether ``-inf`` is written where a layer takes it."""
        kinds = get_args(self.known[field].annotation)
        return name.text == "inf" and any("-inf" in get_args(kind) for kind in kinds)

    def is_constant(self, name: Name) -> bool:
        """Whether a name is a parameter with a number (``crop n``), or a truth value."""
        return name.text in ("true", "false") or (
            isinstance(self.scope.parameters.get(name.text), int | Fraction) and self.scope.find(name.text) is None
        )

    def reference(self, field: str, name: Name) -> str:
        node = self.scope.find(name.text)
        if node is None:
            known = self.scope.value_names()
            raise ExpressionError(
                f"there is no value named '{name.text}' before this line{nearest(name.text, known)}", name.span
            )
        self.references[field] = node
        return name.text

    def put(self, field: str, value: Any, span: Span) -> None:
        if field in self.fields:
            raise ExpressionError(f"{field} given twice", span)
        if self.known[field].annotation in _TRUTH and value in (0, 1):
            value = bool(value)
        self.fields[field] = value
        self.places[field] = span


def bind(kind: type[Layer], call: Call, scope: Scope) -> Binding:
    """Give each argument of a call to a field of the layer.

    Raises:
        ExpressionError: an argument is unknown, given twice, or cannot be computed.
    """
    return _Binder(kind, call, scope).bind()


def construct(kind: type[Layer], name: str, binding: Binding, span: Span) -> Layer:
    """The layer with these fields.

    Raises:
        ExpressionError: a value has the wrong type or is out of range.
    """
    if accepts(kind, binding.fields):
        return kind.model_construct(**binding.fields)
    try:
        return kind(**binding.fields)
    except ValidationError as error:
        raise _translate(kind, name, binding, span, error) from None


def _translate(kind: type[Layer], name: str, binding: Binding, span: Span, error: ValidationError) -> ExpressionError:
    first = error.errors(include_url=False)[0]
    if not first["loc"]:
        return ExpressionError(first["msg"].removeprefix("Value error, "), span)
    field = str(first["loc"][0])
    place = binding.places.get(field, span)
    if first["type"] == "missing":
        wanted = ", ".join(f for f in kind.positional if kind.model_fields[f].is_required())
        return ExpressionError(f"{name} needs {field}", place, f"{name} takes in this order: {wanted}")
    value = binding.fields.get(field)
    if first["type"] == "string_type" and field in kind.references:
        return ExpressionError(f"{name}: {field} is {_show(value)}; must be the name of a value", place)
    if isinstance(value, Fraction):
        text = f"{field} is {value} = {float(value):.2f}; must be a whole number"
        return ExpressionError(text, place, "use //, round() or ceil()")
    return ExpressionError(f"{name}: {field} is {_show(value)}; {_rule(first)}", place)


def _rule(error: Mapping[str, Any]) -> str:
    bounds = {
        "greater_than": ("gt", "more than"),
        "greater_than_equal": ("ge", "at least"),
        "less_than": ("lt", "less than"),
        "less_than_equal": ("le", "at most"),
    }
    if error["type"] in bounds:
        key, words = bounds[error["type"]]
        return f"must be {words} {error['ctx'][key]}"
    if error["type"] == "literal_error":
        return f"must be {error['ctx']['expected']}"
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    message: str = error["msg"].replace("Input should be", "must be")
    return message.replace("a valid integer", "a whole number").replace("a valid tuple", "a number or one per axis")


def _show(value: Any) -> str:
    if isinstance(value, tuple):
        return "x".join(map(_show, value))
    return f"'{value}'" if isinstance(value, str) else str(value)
