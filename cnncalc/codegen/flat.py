"""One class, every layer written out: the form that any graph has, however its spec was written."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from cnncalc.codegen import calls
from cnncalc.codegen.layout import INDENT, WIDTH, Bracket, Code, docstring, lines, mapping, parsed, results, returned

if TYPE_CHECKING:
    from cnncalc.graph import Graph, Node


LONG = 72
"""Columns of a constant's place that no line has room for: it is looked up by its path."""


class Place:
    """What stands at a path: a module, a container of others, or a module that has others below it."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.code: Code | None = None
        self.below: dict[str, Place] = {}

    def at(self, path: list[str]) -> Place:
        """The place at a path from here; made where it is missing."""
        place = self
        for part in path:
            place = place.below.setdefault(part, Place())
        return place

    def made(self) -> Code:
        """The module, or a container with all that is below it."""
        if self.code is not None:
            return self.code
        return Bracket("nn.ModuleDict(", (mapping({name: inner.made() for name, inner in self.below.items()}),))


class Flat:
    """Writes a graph as one nn.Module whose attributes have the paths of the graph."""

    def __init__(self, graph: Graph, name: str) -> None:
        """The graph to write, and the name of its class."""
        self.graph = graph
        self.name = name
        self.indexed = calls.pools_with_indices(graph)
        self.calls = {node.index: calls.torch_call(graph, node) for node in graph.nodes if node.op != "input"}
        self.helpers = sorted({made.target for made in self.calls.values() if made.kind == "helper"})
        self.names = Variables(graph).names
        self.root = Place()

    def text(self) -> list[str]:
        """The lines of the class."""
        head = [f"class {self.name}(nn.Module):", f"{INDENT}{docstring(self.graph.name)}", ""]
        return [*head, *self.constructor(), "", *self.forward()]

    # ------------------------------------------------------------------------------------------ constructor

    def constructor(self) -> list[str]:
        parameters: list[str] = []
        for node in self.graph.nodes:
            made = self.calls.get(node.index)
            if made is None or made.kind == "expression" or node.weights != node.index:
                continue
            calls.check_attribute(node.path)
            code = calls.constructor(made, node.index in self.indexed)
            if calls.is_parameter(node):
                parameters += self.register(node, code)
            else:
                self.root.at(node.path.split(".")).code = code
        head = [f"{INDENT}def __init__(self) -> None:", f"{INDENT * 2}super().__init__()"]
        body = [line for name, place in self.root.below.items() for line in self.assignment("self", name, place)]
        inner = [line for name, place in self.root.below.items() for line in self.below(name, place)]
        return [*head, *body, *inner, *parameters]

    def assignment(self, owner: str, name: str, place: Place) -> list[str]:
        if calls.is_attribute(name):
            return lines(f"{owner}.{name} = ", place.made(), depth=2)
        return lines("", Bracket(f"{owner}.add_module(", (f'"{name}"', place.made())), depth=2)

    def below(self, path: str, place: Place) -> list[str]:
        """The modules below a module, which are its attributes."""
        text: list[str] = []
        for name, inner in place.below.items():
            if place.code is not None:
                text += self.assignment(self.access(path), name, inner)
            text += self.below(f"{path}.{name}", inner)
        return text

    def register(self, node: Node, code: Code) -> list[str]:
        """A parameter: an attribute of its container, which gets a variable where its path is too long for a line."""
        *container, name = node.path.split(".")
        self.root.at(container)
        owner = self.access(".".join(container))
        text = lines(*calls.registration(node, owner, name, code), depth=2)
        if len(text) == 1 or "[" not in owner:
            return text
        found = lines("holder = ", Bracket("self.get_submodule(", (f'"{".".join(container)}"',)), depth=2)
        return [*found, *lines(*calls.registration(node, "holder", name, code), depth=2)]

    def access(self, path: str) -> str:
        """The module at a path: ``self.layer1["0"].bn.act``."""
        text, place = "self", self.root
        for part in path.split(".") if path else ():
            if place is not self.root and place.code is None:
                text += f'["{part}"]'
            else:
                text += f".{part}" if calls.is_attribute(part) else f'.get_submodule("{part}")'
            place = place.at([part])
        return text

    # ------------------------------------------------------------------------------------------ forward

    def forward(self) -> list[str]:
        inputs = [self.names[node.index] for node in self.graph.inputs]
        outputs = [self.name_of(index) for index in self.graph.outputs]
        taken = Bracket("def forward(", ("self", *(f"{name}: Tensor" for name in inputs)))
        head = lines("", taken, f" -> {results(len(outputs))}:", depth=1)
        body = [line for node in self.graph.nodes if node.layer.arity != 0 for line in self.step(node)]
        return [*head, *body, *returned(outputs)]

    def step(self, node: Node) -> list[str]:
        """One line of forward, with its size where there is room."""
        target = self.names[node.index]
        if node.index in self.indexed:
            target = f"{target}, {self.indices(node.index)}"
        code = lines(f"{target} = ", self.value(node), depth=2)
        comment = f"  # {calls.shape_comment(node.shape)}"
        if len(code) == 1 and len(code[0]) + len(comment) <= WIDTH:
            return [code[0] + comment]
        return code

    def indices(self, index: int) -> str:
        return f"indices_{index}"

    def value(self, node: Node) -> Code:
        made = self.calls[node.index]
        names = calls.operands(self.graph, node, [self.name_of(i) for i in node.inputs])
        if node.op == "unpool":
            names[1] = self.indices(node.inputs[1])
        if made.kind == "expression":
            return parsed(calls.expression(made, names, each=calls.is_each(self.graph, node)))
        arity = node.layer.arity
        owner = self.graph.nodes[node.weights]
        taken = names if arity is None or node.layer.reads or node.op == "unpool" else names[:arity]
        room = WIDTH - len(f"{INDENT * 2}{self.names[node.index]} = (")
        for access in (self.access(owner.path), f'self.get_submodule("{owner.path}")'):
            if len(access) <= room:
                return Bracket(f"{access}(", tuple(taken))
        return Bracket("self.get_submodule(", (f'"{owner.path}"',), f")({', '.join(taken)})")

    def name_of(self, index: int) -> str:
        """The variable that holds a value; a constant is read where it stands."""
        node = self.graph.nodes[index]
        made = self.calls.get(index)
        if made is not None and node.is_constant and made.kind == "expression":
            return calls.expression(made, ())
        return self.constant(node) if node.is_constant else self.names[index]

    def constant(self, node: Node) -> str:
        *container, name = node.path.split(".")
        owner = self.access(".".join(container))
        kind = "buffer" if node.layer.params()[0].buffer else "parameter"
        value = f"{owner}.{name}" if calls.is_attribute(name) else f'{owner}.get_{kind}("{name}")'
        if len(value) > LONG:
            value = f'self.get_{kind}("{node.path}")'
        return calls.batched(node, value)


class Variables:
    """A name for every value: ``x`` while it flows from line to line, its own where it is read later."""

    def __init__(self, graph: Graph) -> None:
        """Choose the names."""
        self.names: dict[int, str] = {}
        self.taken: set[str] = set(calls.SPOKEN)
        consumers = graph.consumers()
        steps = [node for node in graph.nodes if not node.is_constant]
        following = {node.index: after.index for node, after in pairwise(steps)}
        last = steps[-1].index
        single = len(graph.inputs) == 1
        for node in steps:
            readers = consumers[node.index]
            flows = all(reader == following.get(node.index) for reader in readers) and (
                node.index not in graph.outputs or node.index == last
            )
            if node.op == "input" and not single:
                flows = False
            self.names[node.index] = "x" if flows else self.own(node)

    def own(self, node: Node) -> str:
        """The label of a value, or one made of its place."""
        wish = node.label or node.path.replace(".", "_")
        if not calls.is_attribute(wish):
            wish = f"x_{wish}"
        if not calls.is_attribute(wish):
            wish = f"x_{node.index}"
        name, number = wish, 2
        while name in self.taken:
            name, number = f"{wish}_{number}", number + 1
        self.taken.add(name)
        return name
