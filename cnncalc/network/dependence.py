"""What the arguments of a call depend on: the names and the sizes of the entering value that stand in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnncalc.record import NamedTuple
from cnncalc.spec.syntax import Apply, Attribute, Binary, Name, Sequence, Unary

if TYPE_CHECKING:
    from cnncalc.layers.base import Layer
    from cnncalc.network.scope import Scope
    from cnncalc.spec.syntax import Call, Expression


class Dependence(NamedTuple):
    """The names in a call, each once, and whether a size of the entering value stands there (``in.c``)."""

    names: tuple[str, ...]
    sized: bool

    def values(self, scope: Scope) -> tuple[Any, ...]:
        """What the call says at a place: equal for places where it says the same."""
        parameters = scope.parameters
        found = [parameters.get(name) for name in self.names]
        return (scope.shape if self.sized else None, *found, *map(type, found))


def dependence(call: Call) -> Dependence:
    """What stands in the arguments of a call."""
    names: dict[str, None] = {}
    sized = False
    waiting: list[Expression] = [argument.value for argument in call.arguments]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Name):
            names[one.text] = None
        elif isinstance(one, Attribute):
            sized = True
        else:
            waiting += _parts(one)
    return Dependence(tuple(names), sized)


def names_values(kind: type[Layer], call: Call) -> bool:
    """Whether an argument of a call may be a value of the network: its place or its keyword is for one."""
    wanted = kind.references
    return any(field in wanted for field in kind.positional) or any(one.keyword in wanted for one in call.arguments)


def _parts(expression: Expression) -> tuple[Expression, ...]:
    if isinstance(expression, Unary):
        return (expression.operand,)
    if isinstance(expression, Binary):
        return (expression.left, expression.right)
    if isinstance(expression, Sequence):
        return expression.items
    return expression.arguments if isinstance(expression, Apply) else ()
