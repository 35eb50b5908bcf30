"""The arguments of a call of a block."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from cnncalc.network.binding import FLAG, flag_value
from cnncalc.spec.expression import ExpressionError
from cnncalc.spec.suggest import nearest
from cnncalc.spec.syntax import Name

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnncalc.network.scope import Scope
    from cnncalc.spec.syntax import Argument, Block, Call, Expression


class BlockArguments:
    """The arguments of one call of a block, by parameter."""

    def __init__(self, block: Block, call: Call, value_of: Callable[[Expression], Any], scope: Scope) -> None:
        """Read every argument; ``value_of`` gives the value of an expression."""
        self.given: dict[str, Any] = {}
        names = [parameter.name for parameter in block.parameters]
        positions = count()
        for argument in call.arguments:
            value = argument.value
            match = FLAG.match(value.text) if isinstance(value, Name) else None
            if argument.keyword is not None:
                self.put(self.known(block, argument, names), value_of(value), argument)
            elif match and match[1] in names and isinstance(value, Name) and value.text not in scope.parameters:
                self.put(match[1], flag_value(match[2], value.span), argument)
            else:
                position = next(i for i in positions if i >= len(names) or names[i] not in self.given)
                if position >= len(names):
                    takes = ", ".join(names) or "none"
                    raise ExpressionError(
                        f"too many arguments for {block.name}",
                        argument.span,
                        f"{block.name} takes in this order: {takes}",
                    )
                self.put(names[position], value_of(value), argument)

    def known(self, block: Block, argument: Argument, names: list[str]) -> str:
        keyword = argument.keyword or ""
        if keyword not in names:
            hint = f"{block.name} takes {', '.join(names) or 'no arguments'}"
            raise ExpressionError(
                f"{block.name} has no argument '{keyword}'{nearest(keyword, names)}", argument.span, hint
            )
        return keyword

    def put(self, name: str, value: Any, argument: Argument) -> None:
        if name in self.given:
            raise ExpressionError(f"{name} given twice", argument.span)
        self.given[name] = value
