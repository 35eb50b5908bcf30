"""One class, every layer written out: the form that any graph has, however its spec was written."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from cnncalc.codegen import calls
from cnncalc.codegen.layout import INDENT, WIDTH, Bracket, Code, lines, mapping, parsed

if TYPE_CHECKING:
    from cnncalc.graph import Graph, Node

Tree = dict[str, "Tree | Code"]
"""The modules by name; a dict is a container."""


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

    def text(self) -> list[str]:
        """The lines of the class."""
        head = [f"class {self.name}(nn.Module):", f'{INDENT}"""{self.graph.name}."""', ""]
        return [*head, *self.constructor(), "", *self.forward()]

    # ------------------------------------------------------------------------------------------ constructor

    def constructor(self) -> list[str]:
        tree: Tree = {}
        parameters: list[str] = []
        for node in self.graph.nodes:
            made = self.calls.get(node.index)
            if made is None or made.kind == "expression" or node.weights != node.index:
                continue
            calls.check_attribute(node.path)
            code = calls.constructor(made, node.index in self.indexed)
            if calls.is_parameter(node):
                parameters += self.register(node, code, tree)
            else:
                _insert(tree, node.path.split("."), code)
        head = [f"{INDENT}def __init__(self) -> None:", f"{INDENT * 2}super().__init__()"]
        body = [line for name, code in tree.items() for line in self.assignment(name, _code(code))]
        return [*head, *body, *parameters]

    def assignment(self, name: str, code: Code) -> list[str]:
        if calls.is_attribute(name):
            return lines(f"self.{name} = ", code, depth=2)
        return lines("", Bracket("self.add_module(", (f'"{name}"', code)), depth=2)

    def register(self, node: Node, code: Code, tree: Tree) -> list[str]:
        """A parameter: an attribute of its container."""
        *container, name = node.path.split(".")
        inner = tree
        for part in container:
            inner = inner.setdefault(part, {})  # type: ignore[assignment]
        return lines(*calls.registration(node, self.access(".".join(container)), name, code), depth=2)

    def access(self, path: str) -> str:
        """The module at a path: ``self.layer1["0"]``."""
        if not path:
            return "self"
        first, *rest = path.split(".")
        start = f"self.{first}" if calls.is_attribute(first) else f'self.get_submodule("{first}")'
        return start + "".join(f'["{part}"]' for part in rest)

    # ------------------------------------------------------------------------------------------ forward

    def forward(self) -> list[str]:
        inputs = [self.names[node.index] for node in self.graph.inputs]
        outputs = [self.name_of(index) for index in self.graph.outputs]
        kind = "Tensor" if len(outputs) == 1 else f"tuple[{', '.join(['Tensor'] * len(outputs))}]"
        head = lines(
            "", Bracket("def forward(", ("self", *(f"{name}: Tensor" for name in inputs))), f" -> {kind}:", depth=1
        )
        body = [line for node in self.graph.nodes if node.layer.arity != 0 for line in self.step(node)]
        return [*head, *body, f"{INDENT * 2}return {', '.join(outputs)}"]

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
        taken = names if arity is None or node.op == "unpool" else names[:arity]
        return Bracket(f"{self.access(owner.path)}(", tuple(taken))

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


def _insert(tree: Tree, path: list[str], code: Code) -> None:
    for part in path[:-1]:
        tree = tree.setdefault(part, {})  # type: ignore[assignment]
    tree[path[-1]] = code


def _code(tree: Tree | Code) -> Code:
    if not isinstance(tree, dict):
        return tree
    inner = mapping({name: _code(item) for name, item in tree.items()})
    return Bracket("nn.ModuleDict(", (inner,))
