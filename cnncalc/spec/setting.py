"""Values that come from outside of a spec: ``--set width=1/2`` and ``--input 3x320x320``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.diagnostics import UsageError
from cnncalc.layers.base import Indices
from cnncalc.spec.syntax import Dims, Expression, Number
from cnncalc.spec.terms import parse_expression
from cnncalc.spec.tokens import NotationError
from cnncalc.text import Text

if TYPE_CHECKING:
    from cnncalc.layers.base import Shape


def parse_setting(name: str, text: str) -> Expression:
    """The value of a parameter.

    Raises:
        UsageError: the text is no expression.
    """
    try:
        return parse_expression(Text(text))
    except NotationError as error:
        raise UsageError(f"parameter {name}: '{text}': {error.message}") from None


def parse_size(text: str) -> Shape:
    """``3x320x320`` as a shape, and ``20 int``, a list of whole numbers.

    Raises:
        UsageError: the text is no size.
    """
    hint = "channels first, such as 3x320x320"
    count, whole, rest = text.partition(" int")
    if whole and not rest.strip() and count.isascii() and count.isdecimal() and 0 < int(count) < 2**31:
        return Indices((int(count),))
    try:
        value = parse_expression(Text(text))
    except NotationError as error:
        raise UsageError(f"'{text}' is no size: {error.message}; {hint}") from None
    if isinstance(value, Number) and isinstance(value.value, int):
        value = Dims((value.value,), value.span)
    if not isinstance(value, Dims) or len(value.sizes) > 4 or not all(0 < size < 2**31 for size in value.sizes):  # noqa: PLR2004 (channels and three axes)
        raise UsageError(f"'{text}' is no size; {hint}")
    return value.sizes
