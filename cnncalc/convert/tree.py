"""What every importer makes: operations and the modules around them, in the order of execution."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cnncalc.diagnostics import CnncalcError
from cnncalc.layers.base import Shape
from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

MERGES = ("add", "sub", "mul", "concat", "maximum", "minimum", "matmul", "sdpa", "einsum")


class Unsupported(NamedTuple):
    """Something that the format cannot say: what, and where in the source."""

    what: str
    place: str


class ConvertError(CnncalcError):
    """A network that cannot be expressed; the message lists everything that is in the way."""

    def __init__(self, found: Sequence[Unsupported], source: str, *, help_: str = "") -> None:
        """Keep the list; ``help_``: what would help."""
        self.found, self.source = tuple(found), source
        lines = [f"{item.place}: {item.what}" if item.place else item.what for item in found]
        super().__init__(
            "\n".join(
                [
                    f"{source} cannot be converted:",
                    *(f"  {line}" for line in lines),
                    *([f"  help: {help_}"] if help_ else []),
                ]
            )
        )


@dataclass(eq=False)
class Op:
    """One operation. ``text`` is a stage in the notation; a merge's is its operator, with ``arguments`` behind the parts.

    ``name``: the module's own name (the last part of its path), None for an operation that is no module.
    ``references``: values that the text names, as ``{0}``, ``{1}``.
    """

    text: str
    inputs: list[int]
    output: int
    name: str | None = None
    merge: bool = False
    arguments: str = ""
    references: list[int] = field(default_factory=list)
    shape: Shape = ()
    entering: Shape = ()
    shared: str | None = None
    owns: bool = False
    note: str = ""


@dataclass(eq=False)
class Scope:
    """A module that contains others: its operations and inner modules in order of execution.

    ``kind`` is the name of its class; ``plain`` a module that only calls its children one after the other; ``outputs``
    the values made in it that are read outside; ``shared`` its name, if it is applied more than once; ``inline`` one that
    owns weights itself, as an operation named ``""``.
    """

    path: str
    name: str | None
    kind: str
    items: list[Op | Scope] = field(default_factory=list)
    plain: bool = False
    shared: str | None = None
    inline: bool = False
    outputs: list[int] = field(default_factory=list)

    def ops(self) -> list[Op]:
        """All operations in it, of inner modules too."""
        found: list[Op] = []
        for item in self.items:
            found += [item] if isinstance(item, Op) else item.ops()
        return found


def regroup(scope: Scope) -> None:
    """Put operations whose names are paths, such as ``layer1.0.conv``, into modules where they stand together.

    A model may call the parts of a module without calling the module. What stands apart keeps its path as its name.
    """
    for item in scope.items:
        if isinstance(item, Scope):
            regroup(item)
    heads: dict[str, list[int]] = {}
    for place, item in enumerate(scope.items):
        name = item.name or item.shared
        if name is not None and "." in name:
            heads.setdefault(name.split(".")[0], []).append(place)
    taken = {
        (item.name or item.shared or "").split(".")[0]
        for item in scope.items
        if "." not in (item.name or item.shared or "")
    }
    spans = [(places[0], places[-1], head) for head, places in heads.items() if head not in taken]
    items: list[Op | Scope] = []
    place = 0
    while place < len(scope.items):
        span = next((span for span in spans if span[0] == place and _together(scope.items, span, heads)), None)
        if span is None:
            items.append(scope.items[place])
            place += 1
            continue
        path = f"{scope.path}.{span[2]}" if scope.path else span[2]
        last = span[1]
        while _belongs(scope.items, place, last):
            last += 1
        inner = Scope(path, span[2], "Block", scope.items[place : last + 1], plain=True)
        for item in inner.items:
            _shorten(item)
        regroup(inner)
        items.append(inner)
        place = last + 1
    scope.items = items


def _belongs(items: list[Op | Scope], first: int, last: int) -> bool:
    """Whether the operation behind a stretch only joins what the stretch makes."""
    if last + 1 >= len(items):
        return False
    item = items[last + 1]
    if not isinstance(item, Op) or not item.merge or item.name is not None:
        return False
    made = {op.output for part in items[first : last + 1] for op in ([part] if isinstance(part, Op) else part.ops())}
    return set(item.inputs) <= made


def _together(items: list[Op | Scope], span: tuple[int, int, str], heads: dict[str, list[int]]) -> bool:
    """Whether only operations of this module, and some that are no modules, stand between its first and its last."""
    return all(
        place in heads[span[2]]
        or (isinstance(items[place], Op) and items[place].name is None and items[place].shared is None)
        for place in range(span[0], span[1] + 1)
    )


def _shorten(item: Op | Scope) -> None:
    if item.name is not None:
        item.name = item.name.partition(".")[2]
    elif item.shared is not None:
        item.shared = item.shared.partition(".")[2]


@dataclass
class Imported:
    """A network as an importer sees it: inputs by name, the outermost module, the values that leave."""

    name: str
    inputs: dict[str, Shape]
    values: dict[str, int]
    root: Scope
    outputs: list[int]
    comment: str = ""


class Line(NamedTuple):
    """One statement: its name, its stages as text, or a body below a head (``add:``, a name)."""

    name: str | None
    text: str
    below: tuple[Line, ...] = ()
