"""The attributes of a module, and the variables of its forward."""

from __future__ import annotations

import re
from contextlib import contextmanager
from itertools import chain, count
from typing import TYPE_CHECKING, Any

from cnncalc.codegen import calls
from cnncalc.codegen.arguments import names_given
from cnncalc.codegen.layout import Bracket, Code, Line, Suite, flat, parsed
from cnncalc.codegen.pyexpr import Unable, found
from cnncalc.record import NamedTuple
from cnncalc.spec.terms import parse_expression
from cnncalc.spec.words import template_parts
from cnncalc.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cnncalc.codegen.chains import Chains
    from cnncalc.network.trace import Visit


class Value(NamedTuple):
    """What flows: the expression that holds it, and its channels as text, None where nobody knows them."""

    name: str
    channels: str | None = None


STATE = (
    "init", "forward", "shared_modules", "container", "level", "looping", "taken", "values", "indices", "written", "held", "flags",
    "defined", "names", "shared_names",
)  # fmt: skip
"""All that an attempt may change."""


def _branch(number: int) -> str:
    return "yz"[number] if number < 2 else f"y{number}"  # noqa: PLR2004 (two letters)


class Attributes:
    """What a constructor makes and forward reads, under names that do not get in each other's way."""

    def __init__(self, scope: Chains) -> None:
        """The class that is written."""
        self.scope = scope
        self.shared_modules: list[Line | Suite] = []
        self.init: list[Line | Suite] = []
        self.forward: list[Line | Suite] = []
        self.container, self.level = "self", 0
        self.looping = False
        self.taken = {*calls.SPOKEN, *scope.parameters}
        self.branches = 0
        """Variables of branches that are taken for certain: y, z, y2, y3 and so on."""
        self.values: dict[str, Value] = {name: Value(name) for name in scope.references}
        self.indices: dict[str, str] = {}
        self.written: set[str] = set()
        self.held: set[str] = set()
        self.flags: list[Line] = []
        self.defined: set[str] = set()
        self.names = names_given(scope.body)
        self.shared_names: dict[str, str] = {}

    def attributes(self) -> list[Line | Suite]:
        """The statements of the constructor."""
        return [*self.flags, *self.init, *self.shared_modules]

    def variable(self, wanted: str) -> str:
        """A name for a value that is read later."""
        name = re.sub(r"\W", "_", wanted)
        name = name if calls.is_attribute(name) and name not in self.scope.parameters else f"value_{name}"
        while name in self.held or (name in self.taken and name not in self.written):
            name += "_"
        self.taken.add(name)
        self.written.add(name)
        return name

    def fresh(self) -> str:
        """A variable for a branch."""
        numbers = count(self.branches)
        number, variable = next((n, name) for n in numbers if (name := _branch(n)) not in self.taken)
        self.branches = number + 1
        self.taken.add(variable)
        return variable

    def move(self, value: Value, into: str) -> Value:
        if value.name == into:
            return value
        self.assign(into, *tensors(value))
        return value._replace(name=into)

    def stateless(self, op: str, code: Code) -> str:
        """One module for all equal layers without tensors, made once."""
        text = flat(code)
        if text not in self.shared_names:
            name, number = op, 2
            while name in self.names or name in self.scope.parameters:
                name, number = f"{op}{number}", number + 1
            self.shared_names[text] = name
            self.shared_modules.append(Line(f"self.{name} = ", code))
            self.names.add(name)
        return f"self.{self.shared_names[text]}"

    def attribute(self, name: str | None, visits: list[Visit], loop: Mapping[str, str]) -> str:
        """The name of a module at these visits: a word, or a text with the numbers of the loops around it."""
        if name is not None and "." in name:
            return self.below(name)
        if name is not None and "{" in name:
            return self.template(name, visits, loop)
        found_names = [self.component(visit) for visit in visits] if name is None else [name]
        if all(other == found_names[0] for other in found_names):
            component = found_names[0]
            if self.looping and component.isdecimal():
                return self.once(int(component), visits)
            calls.check_attribute(component)
            self.names.add(component)
            return component
        parts = [re.fullmatch(r"(.*?)(\d+)(\D*)", component) for component in found_names]
        first = parts[0]
        if first is None or not all(part and (part[1], part[3]) == (first[1], first[3]) for part in parts):
            raise Unable("a place that differs between calls")
        number = found([int(part[2]) for part in parts if part], self.scope.known(visits, self.scope.loop), {})
        return f"{first[1]}{{{number}}}{first[3]}"

    def below(self, name: str) -> str:
        """A path as a name: a module below one that this class has made, or makes now to hold it."""
        if "{" in name:
            raise Unable("a path with numbers of a loop")
        calls.check_attribute(name)
        parts = name.split(".")
        for end in range(1, len(parts)):
            parent = ".".join(parts[:end])
            if self.access(parent) not in self.defined:
                self.names.add(parts[0])
                self.define(parent, "nn.Module()")
        return name

    def once(self, place: int, visits: list[Visit]) -> str:
        """The name of a module of a loop that is reached in one turn only: one further in every turn, as if it were in all."""
        key, variable = next((k, v) for k, v in reversed(list(self.scope.loop.items())) if k.startswith("#"))
        turns = {visit.parameters.get(key) for visit in visits}
        turn = turns.pop()
        if turns or turn is None or turn > place:
            raise Unable("a place that is the same in every turn")
        return f"{{{variable}}}" if turn == place else f"{{{place - turn} + {variable}}}"

    def template(self, name: str, visits: list[Visit], loop: Mapping[str, str]) -> str:
        """``layer{i+1}`` with the names that Python has."""
        if "letter(" in name:
            raise Unable("letters in a name")
        parts = template_parts(name)
        for place in range(1, len(parts), 2):
            text = self.scope.expression(parse_expression(Text(parts[place])), visits, loop, None)
            parts[place] = text if text.isdecimal() else f"{{{text}}}"
        return "".join(parts)

    def component(self, visit: Visit) -> str:
        """The word of the module's path at this level."""
        path = self.scope.file.trace.instances[visit.instance].path
        start = (len(path.split(".")) if path else 0) + self.level
        if visit.first == visit.last:
            raise Unable("a block of nothing")
        words = self.scope.file.graph.nodes[visit.first].path.split(".")
        if start >= len(words):
            raise Unable("a place that nobody knows")
        return words[start]

    def quoted(self, attribute: str) -> str:
        return f'f"{attribute}"' if "{" in attribute else f'"{attribute}"'

    def define(self, attribute: str, code: Code) -> None:
        if self.access(attribute) in self.defined:
            raise Unable(f"the name {attribute} for two modules")
        self.defined.add(self.access(attribute))
        parent, _, name = attribute.rpartition(".") if "{" not in attribute else ("", "", attribute)
        owner = self.access(parent) if parent else self.container
        if name.isidentifier():
            self.init.append(Line(f"{owner}.{name} = ", code))
        else:
            self.init.append(Line("", Bracket(f"{owner}.add_module(", (self.quoted(name), code))))

    def access(self, attribute: str) -> str:
        if attribute.startswith("self."):
            return attribute
        if "{" in attribute:
            return f"{self.container}.get_submodule({self.quoted(self.seen(attribute))})"
        parts = attribute.split(".")
        plain = next((place for place, part in enumerate(parts) if not part.isidentifier()), len(parts))
        rest = f'.get_submodule("{".".join(parts[plain:])}")' if plain < len(parts) else ""
        return "".join([self.container, *(f".{part}" for part in parts[:plain]), rest])

    def seen(self, attribute: str) -> str:
        """The name of a module as ``forward`` can say it, which does not know the arguments of the constructor."""
        return re.sub(r"\{.*?\}", lambda match: self.noted(match[0]), attribute)

    def noted(self, text: str) -> str:
        """An expression over the arguments of the constructor as ``forward`` can say it."""
        arguments = {"in_channels", *self.scope.parameters, *self.scope.extras}
        words = re.sub(r"[A-Za-z_]\w*", lambda w: self.flag(w[0], w[0]) if w[0] in arguments else w[0], text)
        return str(words)

    def assign(self, into: str, text: str, comment: str = "") -> None:
        self.forward.append(Line(f"{into} = ", parsed(text), comment))

    def comment(self, visits: list[Visit]) -> str:
        shapes = {self.scope.file.graph.nodes[visit.leaving].shape for visit in visits if visit.leaving is not None}
        return f"  # {calls.shape_comment(shapes.pop())}" if len(shapes) == 1 and self.scope.block is None else ""

    def same_channels(self, visits: list[Visit]) -> bool:
        nodes = self.scope.file.graph.nodes
        ends = [
            [() if place is None else (nodes[place].shape or ())[:1] for place in (visit.entering, visit.leaving)]
            for visit in visits
        ]
        return all(before == after != () for before, after in ends)

    def uses(self, code: Code, loop: Mapping[str, str]) -> bool:
        """Whether code depends on the turn of a loop."""
        return any(re.search(rf"\b{re.escape(name)}\b", flat(code)) for name in loop.values() if name.isidentifier())

    def flag(self, wanted: str, text: str) -> str:
        """What the constructor notes for forward."""
        known = next((line for line in self.flags if line.code == text), None)
        if known is not None:
            return known.prefix.removesuffix(" = ")
        taken = {*self.names, *self.scope.parameters} - {text}
        name = next(name for name in chain((wanted,), (f"{wanted}{i}" for i in count(2))) if name not in taken)
        calls.check_attribute(name)
        self.names.add(name)
        self.flags.append(Line(f"self.{name} = ", text))
        return f"self.{name}"

    def module(
        self,
        attribute: str,
        code: Code | None,
        values: Sequence[str],
        visits: list[Visit],
        into: str,
        after: str | None,
    ) -> Value:
        """Define a module, unless it is there already, and call it."""
        if code is not None:
            self.define(attribute, code)
        self.assign(into, f"{self.access(attribute)}({', '.join(values)})", self.comment(visits))
        return Value(into, after)

    def state(self) -> dict[str, Any]:
        """All that an attempt may change."""
        return {name: _copy(getattr(self, name)) for name in STATE}

    def restore(self, state: dict[str, Any]) -> None:
        """Forget an attempt."""
        for name, value in state.items():
            setattr(self, name, _copy(value))

    @contextmanager
    def inner(self) -> Iterator[None]:
        """A scope of its own: it sees the values around it, which nothing in it may overwrite, and its own end with it."""
        values, held = dict(self.values), set(self.held)
        self.held |= {value.name for value in values.values()}
        try:
            yield
        finally:
            self.values, self.held = values, held


def _copy(value: Any) -> Any:
    return type(value)(value) if isinstance(value, list | set | dict) else value


def tensors(*values: Value) -> list[str]:
    """How values are called."""
    return [value.name for value in values]
