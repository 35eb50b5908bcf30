"""A quick look at the arguments of a layer, so that sound ones need no compiled validator.

Compiling pydantic's validators costs more than analysing a whole network. What this check accepts, pydantic accepts (a
test holds the two against each other); what it does not know or does not like goes to pydantic, whose verdict counts.
"""

from __future__ import annotations

from fractions import Fraction
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnncalc.layers.base import Layer

_EXACT = frozenset({int, bool, str, float, Fraction, NoneType})


def accepts(kind: type[Layer], fields: Mapping[str, Any]) -> bool:
    """Whether these are sound arguments, as far as a quick look can tell."""
    decorators = kind.__pydantic_decorators__
    if decorators.field_validators or decorators.model_validators:
        return False
    known = kind.model_fields
    if any(name not in known for name in fields):
        return False
    for name, field in known.items():
        if name in fields:
            value = fields[name]
            if not (_fits(field.annotation, value) and _within(field.metadata, value)):
                return False
        elif field.is_required():
            return False
    return True


def _fits(annotation: Any, value: Any) -> bool:
    if annotation in _EXACT:
        return type(value) is annotation
    if annotation is Any:
        return True
    origin = get_origin(annotation)
    if origin is Annotated:
        base, *metadata = get_args(annotation)
        return _fits(base, value) and _within(metadata, value)
    if origin is UnionType or origin is Union:
        return any(_fits(part, value) for part in get_args(annotation))
    if origin is Literal:
        return any(type(value) is type(choice) and value == choice for choice in get_args(annotation))
    return origin is tuple and type(value) is tuple and _tuple(get_args(annotation), value)


def _tuple(parts: tuple[Any, ...], value: tuple[Any, ...]) -> bool:
    if len(parts) == 2 and parts[1] is Ellipsis:  # noqa: PLR2004 (tuple[int, ...])
        return all(_fits(parts[0], item) for item in value)
    return len(parts) == len(value) and all(map(_fits, parts, value))


_BOUNDS = ("gt", "ge", "lt", "le")


def _within(metadata: list[Any], value: Any) -> bool:
    """Whether a number keeps to bounds; metadata of any other kind is pydantic's business."""
    for item in metadata:
        given = {name: getattr(item, name) for name in _BOUNDS if getattr(item, name, None) is not None}
        if type(item).__name__ == "FieldInfo":
            if not _within(item.metadata, value):
                return False
        elif not given or not isinstance(value, int | Fraction) or not _keeps(given, value):
            return False
    return True


def _keeps(bounds: dict[str, Any], value: int | Fraction) -> bool:
    return (
        ("gt" not in bounds or value > bounds["gt"])
        and ("ge" not in bounds or value >= bounds["ge"])
        and ("lt" not in bounds or value < bounds["lt"])
        and ("le" not in bounds or value <= bounds["le"])
    )
