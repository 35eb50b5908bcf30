"""What the classes of one file share: the expansion of the network, names of classes, constants, helpers.

Everything is checked against all calls of a block: an argument that differs between calls is written as the spec's own
expression if that gives the right number for every one of them. What cannot be written like this raises ``Unable``, and
the flat form is taken.
"""

from __future__ import annotations

import keyword
from fractions import Fraction
from itertools import chain, count
from typing import TYPE_CHECKING, Any, final

from cnncalc.codegen import calls
from cnncalc.codegen.arguments import camel
from cnncalc.codegen.pyexpr import Unable
from cnncalc.network import expand
from cnncalc.network.binding import FLAG
from cnncalc.network.scope import Reference, Word
from cnncalc.network.trace import Trace
from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnncalc.graph import Graph
    from cnncalc.network.loaded import Network
    from cnncalc.network.trace import Visit
    from cnncalc.spec.syntax import Block

SMALL = 4
"""Numbers up to this are no name's."""


class Class(NamedTuple):
    """A class as text, and the helpers that it needs."""

    name: str
    text: list[str]


@final
class File:
    """The expansion of a network, the names of its classes and constants, and the helpers that they need."""

    def __init__(self, network: Network, name: str, write: Callable[[File, Block], list[str]]) -> None:
        """Expand the network once more, and note what happens; ``write`` gives the text of a block's class."""
        self.write = write
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
        self.by_word = {w.text for visit in self.trace.visits for w in visit.parameters.values() if isinstance(w, Word)}
        """Layers and blocks that are passed to blocks by name."""
        self.widthless: set[str] = set()
        """Blocks whose classes need not know the channels that enter."""
        self.extras: dict[str, dict[str, dict[int, int]]] = {}
        """By block and name further arguments of its class, which the spec has not, with their numbers by instance."""
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

    def block(self, name: str) -> Class:
        """The class of a block; made when it is first called."""
        made = self.done.get(name)
        if made is None:
            text = self.write(self, self.spec.blocks[name])
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
