"""Rules that the settings write: an expression over the facts of a layer that must hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnncalc.diagnostics import UsageError
from cnncalc.lint.finding import Finding
from cnncalc.spec.expression import ExpressionError, evaluate
from cnncalc.spec.suggest import nearest
from cnncalc.spec.terms import parse_expression
from cnncalc.spec.tokens import NotationError
from cnncalc.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.graph import Node
    from cnncalc.lint.context import Context
    from cnncalc.lint.settings import Custom
    from cnncalc.spec.syntax import Expression, Name

FACTS = (
    "channels", "in_channels", "size", "height", "width", "depth", "kernel", "stride", "padding", "dilation", "groups",
    "params", "macs", "flops", "output_bytes", "receptive_field",
)  # fmt: skip
"""What an expression may speak of; the first spatial axis counts for windows."""


class _Names:
    """The facts of one layer, as names of an expression."""

    def __init__(self, node: Node, cx: Context) -> None:
        self.node = node
        self.cx = cx

    def name(self, name: Name) -> Any:
        """The value of a fact."""
        if name.text not in FACTS:
            raise ExpressionError(f"there is no fact '{name.text}'{nearest(name.text, FACTS)}", name.span)
        value = self.value(name.text)
        if value is None:
            raise ExpressionError(f"{self.node.op} has no {name.text}", name.span)
        return value

    def attribute(self, field: str) -> Any:
        """``in.c`` and so on."""
        shape = self.cx.entering(self.node)
        return {"c": shape[0], "h": shape[-2] if len(shape) > 2 else shape[-1], "w": shape[-1]}.get(field, shape[0])  # noqa: PLR2004 (channels and two axes)

    def value(self, fact: str) -> int | None:
        shape, row = self.cx.shape(self.node), self.cx.rows.get(self.node.index)
        if fact in ("params", "macs", "flops", "output_bytes"):
            return getattr(row, fact, None)
        if fact == "receptive_field":
            return max((axis.size for axis in self.cx.field(self.node)), default=None)
        places = {
            "channels": shape[0],
            "size": shape[-1],
            "width": shape[-1],
            "in_channels": self.cx.entering(self.node)[0],
        }
        if fact in places:
            return places[fact]
        if fact in ("height", "depth"):
            axis = -2 if fact == "height" else -3
            return shape[axis] if len(shape) > -axis else None
        if fact == "groups":
            return getattr(self.node.layer, "groups", 1)
        window = next(iter(self.cx.windows(self.node)), None)
        field = "begin" if fact == "padding" else fact
        return None if window is None else getattr(window, field)


def parse(rule: Custom) -> Expression:
    """The expression of a rule.

    Raises:
        UsageError: it is none.
    """
    try:
        return parse_expression(Text(rule.condition))
    except NotationError as error:
        raise UsageError(f"custom rule {rule.name}: '{rule.condition}': {error.message}") from None


def check(rule: Custom, node: Node, cx: Context) -> Iterator[Finding]:
    """A finding if the expression is false; none where the layer lacks a fact.

    Raises:
        UsageError: the expression names what is no fact.
    """
    try:
        holds = evaluate(parse(rule), _Names(node, cx))
    except ExpressionError as error:
        if "there is no fact" in error.message:
            raise UsageError(f"custom rule {rule.name}: {error.message}") from None
        return
    if not holds:
        yield Finding(rule.message)
