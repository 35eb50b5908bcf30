"""One class per block of the spec, with its parameters as arguments of the constructor: as one writes it by hand.

Everything is checked against all calls of a block: an argument that differs between calls is written as the spec's own
expression if that gives the right number for every one of them. What cannot be written like this raises ``Unable``, and
the flat form is taken.
"""

from __future__ import annotations

import keyword
import re
from fractions import Fraction
from itertools import chain, count
from typing import TYPE_CHECKING, Any

from cnncalc.codegen import calls
from cnncalc.codegen.arguments import (
    camel,
    super_call,
)
from cnncalc.codegen.chains import Chains
from cnncalc.codegen.layout import INDENT, WIDTH, Bracket, docstring, lines, literal, text_of
from cnncalc.codegen.pyexpr import HELPERS, Unable, python
from cnncalc.network import expand
from cnncalc.network.binding import FLAG
from cnncalc.network.scope import Reference, Word
from cnncalc.network.trace import Trace
from cnncalc.record import NamedTuple
from cnncalc.spec.syntax import (
    Block,
    Dims,
    Number,
)

if TYPE_CHECKING:
    from cnncalc.graph import Graph
    from cnncalc.network.loaded import Network
    from cnncalc.network.trace import Visit


SMALL = 4
"""Numbers up to this are no name's."""


class Class(NamedTuple):
    """A class as text, and the helpers that it needs."""

    name: str
    text: list[str]


def emit_blocks(network: Network, name: str) -> tuple[list[list[str]], list[str], list[str]]:
    """The classes of a network, the network's own last; the names of helper classes; lines of constants and functions.

    Raises:
        Unable: the spec has what needs the flat form.
    """
    return Writer(network, name).classes()


class Writer:
    """The classes of one network, its constants, and the helpers that they need."""

    def __init__(self, network: Network, name: str) -> None:
        """Expand the network once more, and note what happens."""
        self.spec = network.spec
        self.trace = Trace()
        inputs, settings, variant = network.given or ({}, {}, None)
        self.graph: Graph = expand(self.spec, inputs=inputs, settings=settings, variant=variant, trace=self.trace)
        self.name = name
        self.visits: dict[int, list[Visit]] = {}
        self.known_kinds: dict[int, dict[str, str]] = {}
        self.instances: dict[int, list[Any]] = {}
        for instance in self.trace.instances:
            self.instances.setdefault(id(instance.block), []).append(instance)
        for visit in self.trace.visits:
            self.visits.setdefault(id(visit.stage), []).append(visit)
        self.helpers: set[str] = set()
        self.known = set(self.spec.params) | {
            p.name for b in self.spec.blocks.values() for p in b.parameters if FLAG.match(p.name)
        }
        self.class_names = self.classes_called()
        self.constant_names = self.constants_called()
        values = self.trace.instances[0].parameters
        self.constants: dict[str, Any] = {upper: values[name] for name, upper in self.constant_names.items()}
        whole = [value for value in self.constants.values() if type(value) is int]
        self.steps = {v: n for n, v in self.constants.items() if type(v) is int and v > SMALL and whole.count(v) == 1}
        self.done: dict[str, Class] = {}
        self.indexed = calls.pools_with_indices(self.graph)

    def classes_called(self) -> dict[str, str]:
        """A class for every block, under a name that nothing else has."""
        made = (calls.torch_call(self.graph, node) for node in self.graph.nodes if node.op != "input")
        taken = {self.name, *calls.SPOKEN, *(call.target for call in made)}
        names = {}
        for block in self.spec.blocks:
            wanted = camel(block)
            endings = chain(("", "Block"), (f"Block{number}" for number in count(2)))
            names[block] = next(wanted + ending for ending in endings if wanted + ending not in taken)
            taken.add(names[block])
        return names

    def constants_called(self) -> dict[str, str]:
        """A constant for every parameter of the file."""
        taken = {self.name, *calls.SPOKEN, *self.class_names.values()}
        names = {}
        for parameter in self.spec.params:
            wanted = parameter.upper()
            names[parameter] = next(
                name for name in (f"{wanted}{'_' * number}" for number in count()) if name not in taken
            )
            taken.add(names[parameter])
        return names

    def classes(self) -> tuple[list[list[str]], list[str], list[str]]:
        top = ClassScope(self, None, self.spec.layers)
        own = top.network()
        text = [made.text for made in self.done.values()]
        body = "\n".join("\n".join(part) for part in [*text, own])
        if any(len(line) > WIDTH for part in [*text, own] for line in part):
            raise Unable("a line that is too long")
        head: list[str] = [
            f"{name} = {literal(value)}" for name, value in self.constants.items() if re.search(rf"\b{name}\b", body)
        ]
        for function, definition in HELPERS.items():
            if f"{function}(" in body:
                head += ["", "", *definition] if head else definition
        return [*text, own], sorted(name for name in self.helpers if re.search(rf"\b{name}\b", body)), head

    def block(self, name: str) -> Class:
        """The class of a block; made when it is first called."""
        made = self.done.get(name)
        if made is None:
            block = self.spec.blocks[name]
            text = ClassScope(self, block, block.body).text()
            made = self.done[name] = Class(self.class_names[name], text)
        return made

    def kinds(self, block: Block) -> dict[str, str]:
        """What the parameters of a block hold: a number, a layer (or block), a value of the network."""
        known = self.known_kinds.get(id(block))
        if known is not None:
            return known
        kinds: dict[str, str] = {}
        for parameter in block.parameters:
            if parameter.name in calls.SPOKEN or keyword.iskeyword(parameter.name):
                raise Unable(f"a parameter called {parameter.name}")
            held = [i.parameters.get(parameter.name) for i in self.instances.get(id(block), ())]
            found_kinds = {_kind(value) for value in held}
            if len(found_kinds) != 1:
                raise Unable(f"the parameter {parameter.name} is not always of one kind")
            kinds[parameter.name] = found_kinds.pop()
        self.known_kinds[id(block)] = kinds
        return kinds

    def constant(self, name: str, values: list[Any]) -> str:
        """A parameter of the file: a constant above the classes."""
        if any(value != values[0] for value in values[1:]):
            raise Unable(f"the parameter {name} has several values")
        self.constants[self.constant_names[name]] = values[0]
        return self.constant_names[name]


def _kind(value: Any) -> str:
    if isinstance(value, Word):
        return "word"
    if isinstance(value, Reference):
        return "value"
    if isinstance(value, int | float | Fraction) or (
        isinstance(value, tuple) and all(isinstance(item, int | float | Fraction) for item in value)
    ):
        return "number"
    raise Unable("a parameter that is no number")


class ClassScope(Chains):
    """One class: a block, or the network."""

    def text(self) -> list[str]:
        """The class of a block: a sequence if its body is one, else a module with a forward of its own."""
        assert self.block is not None  # noqa: S101 (the network has its own method)
        name = self.writer.class_names[self.block.name]
        try:
            if self.references:
                raise Unable("a sequence with several values")
            items, _ = self.plain(self.body, {}, "in_channels")
        except Unable:
            return self.module(name)
        head = [f"class {name}(nn.Sequential):", f"{INDENT}{docstring(self.title())}", "", *self.signature()]
        call = super_call(items)
        return [*head, *self.locals(call), *call]

    def title(self) -> str:
        return f"The block {self.block.name}" if self.block else self.writer.graph.name

    def signature(self) -> list[str]:
        """The head of a constructor."""
        if self.block is None:
            return [f"{INDENT}def __init__(self) -> None:"]
        items = ["self", "in_channels: int"]
        for parameter in self.block.parameters:
            name, default = parameter.name, parameter.default
            if name not in self.given or name in self.references:
                continue
            if name in self.words:
                items.append(f"{name}: type[nn.Module]" + (f" = {self.word(default)}" if default else ""))
                continue
            kind = _annotation([instance.parameters[name] for instance in self.instances])
            if default is None:
                items.append(f"{name}: {kind}")
            elif isinstance(default, Number | Dims):
                items.append(f"{name}: {kind} = {literal(_plain(default))}")
            else:
                items.append(f"{name}: {kind} | None = None")
        return lines("", Bracket("def __init__(", tuple(items)), " -> None:", depth=1)

    def locals(self, following: list[str]) -> list[str]:
        """Parameters that follow from others, as far as what follows reads them."""
        if self.block is None:
            return []
        text: list[str] = []
        names = self.names({})
        for parameter in reversed(self.block.parameters):
            name, default = parameter.name, parameter.default
            given = name in self.given
            known = default is None or (given and (name in self.words or isinstance(default, Number | Dims)))
            if known or not any(re.search(rf"\b{name}\b(?!=)", line) for line in [*text, *following]):
                continue
            assert default is not None  # noqa: S101 (it is known then)
            value = self.word(default) if name in self.words else python(default, names, "in_channels")
            text = lines(f"{name} = ", f"{value} if {name} is None else {name}" if given else value, depth=2) + text
        return text

    def module(self, name: str) -> list[str]:
        """A class with attributes and a forward."""
        from cnncalc.codegen.forward import Forward

        writer = Forward(self)
        head, result = writer.run()
        attributes = text_of(writer.attributes(), depth=2)
        return [
            f"class {name}(nn.Module):",
            f"{INDENT}{docstring(self.title())}",
            "",
            *self.signature(),
            *self.locals(attributes),
            f"{INDENT * 2}super().__init__()",
            *attributes,
            "",
            *head,
            *text_of(writer.forward, depth=2),
            f"{INDENT * 2}return {result}",
        ]

    def network(self) -> list[str]:
        """The class of the network."""
        graph = self.writer.graph
        try:
            if len(graph.inputs) != 1 or self.writer.spec.outputs:
                raise Unable("a sequence with several values")
            items, _ = self.plain(self.body, {}, None)
        except Unable:
            return self.module(self.writer.name)
        head = [f"class {self.writer.name}(nn.Sequential):", f"{INDENT}{docstring(self.title())}", ""]
        return [*head, *self.signature(), *super_call(items)]


def _plain(default: Number | Dims) -> Any:
    return default.value if isinstance(default, Number) else default.sizes


def _annotation(values: list[Any]) -> str:
    """The type of a parameter that has these values."""
    kinds = {"tuple[int, ...]" if isinstance(v, tuple) else "int" if isinstance(v, int) else "float" for v in values}
    return " | ".join(
        kind
        for kind in ("int", "float", "tuple[int, ...]")
        if kind in kinds and (kind != "int" or "float" not in kinds)
    )
