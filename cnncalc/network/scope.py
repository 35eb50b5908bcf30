"""What a name means at a place: parameters, named values of the network, and the sizes of the entering value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnncalc.layers import registry
from cnncalc.record import NamedTuple
from cnncalc.spec.expression import ExpressionError, UnknownSizeError
from cnncalc.spec.suggest import nearest

if TYPE_CHECKING:
    from cnncalc.layers.base import Shape
    from cnncalc.spec.syntax import Name

AXES = {"w": -1, "h": -2, "d": -3, "l": -1}


class Reference(NamedTuple):
    """A named value, passed to a block as an argument."""

    node: int


class Word(NamedTuple):
    """A layer or block, passed to a block by its name."""

    text: str


class Scope:
    """Names visible at one place. Blocks are closed: their scope has no parent but the file's parameters."""

    __slots__ = ("parameters", "parent", "shape", "values")

    def __init__(self, parameters: dict[str, Any], parent: Scope | None = None) -> None:
        """A scope with its own values on top of those of ``parent``."""
        self.parameters = parameters
        self.values: dict[str, int] = {}
        self.parent = parent
        self.shape: Shape | None = None

    def inner(self, parameters: dict[str, Any] | None = None) -> Scope:
        """A scope for a branch, a repeat or an if: sees this one, keeps its own names."""
        scope = Scope({**self.parameters, **parameters} if parameters else self.parameters, self)
        scope.shape = self.shape
        return scope

    def name(self, name: Name) -> Any:
        """The value of a parameter in an expression.

        Raises:
            ExpressionError: there is no such parameter, or it is no number.
        """
        value = self.parameters.get(name.text)
        if isinstance(value, Word | Reference):
            raise ExpressionError(f"'{name.text}' is not a number here", name.span)
        if value is None:
            if self.find(name.text) is not None:
                raise ExpressionError(f"'{name.text}' is a value of the network, not a number", name.span)
            hint = (
                f"'{name.text}' is a layer: put '|' before it, or '- ' if it begins a line"
                if name.text in registry.names()
                else ""
            )
            raise ExpressionError(f"unknown name '{name.text}'{nearest(name.text, self.parameters)}", name.span, hint)
        return value

    def attribute(self, field: str) -> int:
        """``in.c`` and so on: a size of the value that enters the stage.

        Raises:
            ExpressionError: the value has no such axis, or its size is unknown.
        """
        if self.shape is None:
            raise UnknownSizeError(f"in.{field} is unknown, because the value that enters here is", None)
        if field == "c" and self.shape:
            return self.shape[0]
        axis = AXES.get(field)
        if axis is None or len(self.shape) < 1 - axis:
            size = "x".join(map(str, self.shape)) or "a single number"
            raise ExpressionError(f"in.{field}: the value that enters here is {size} and has no such axis", None)
        return self.shape[axis]

    def find(self, name: str) -> int | None:
        """The node of a named value, looked up outwards; a block parameter may stand for a value too."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.values:
                return scope.values[name]
            scope = scope.parent
        value = self.parameters.get(name)
        return value.node if isinstance(value, Reference) else None

    def value_names(self) -> list[str]:
        """The names that ``from`` could take here."""
        names: list[str] = []
        scope: Scope | None = self
        while scope is not None:
            names += scope.values
            scope = scope.parent
        return names + [name for name, value in self.parameters.items() if isinstance(value, Reference)]


class Namespace:
    """Names of the modules within one module: a number for every unnamed one, by its place among all of them."""

    __slots__ = ("count", "prefix", "shared", "taken")

    def __init__(self, prefix: str = "") -> None:
        """An empty module whose children's paths start with ``prefix`` (empty, or ending in a dot)."""
        self.prefix = prefix
        self.count = 0
        self.taken: dict[str, int] = {}
        self.shared: dict[str, Any] = {}

    def place(self, name: str | None) -> str:
        """The path of the next module."""
        path = f"{self.prefix}{self.count if name is None else name}"
        self.count += 1
        return path

    def keep(self, name: str) -> None:
        """A module has this name: no operation gets it."""
        self.taken[name] = max(1, self.taken.get(name, 0))

    def merge(self, op: str) -> str:
        """A path for an operation that is no module: ``add``, ``add_2``..."""
        count = self.taken[op] = self.taken.get(op, 0) + 1
        return f"{self.prefix}{op}" if count == 1 else f"{self.prefix}{op}_{count}"
