"""A network run one node at a time, on the layers of its module: for looking at single nodes, and for freeing in time."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any

import torch

from cnncalc.codegen import calls
from cnncalc.codegen.steps import emit_steps, function_name
from cnncalc.runtime.module import import_source

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor, nn

    from cnncalc.graph import Graph, Node

    Visit = Callable[[Node, Callable[[], Any]], Any]


class Steps:
    """Runs the nodes of a graph in order; a value is let go after the last node that reads it.

    ``entering``: while a node is visited, what enters it.
    """

    def __init__(self, graph: Graph, module: nn.Module) -> None:
        """The graph, and the module that was built from it."""
        self.graph, self.module = graph, module
        self.entering: list[Tensor] = []
        self.indexed = calls.pools_with_indices(graph)
        functions = import_source(emit_steps(graph), f"{graph.name} steps")
        self.parts = [self._part(node, module, functions) for node in graph.nodes]
        self.masks = {node.inputs[3] for node in graph.nodes if node.op == "sdpa" and len(node.inputs) > 3}  # noqa: PLR2004
        """Values whose need of a gradient decides how attention runs."""
        last = {i: node.index for node in graph.nodes for i in node.inputs}
        kept = set(graph.outputs)
        self.ended: list[list[int]] = [[] for _ in graph.nodes]
        for i in range(len(graph.nodes)):
            if i not in kept:
                self.ended[last.get(i, i)].append(i)

    def _part(self, node: Node, module: nn.Module, functions: Any) -> Any:
        if node.op == "input":
            return None
        path = self.graph.nodes[node.weights].path
        if node.is_constant:
            made = calls.torch_call(self.graph, node)
            return float(made.target) if made.kind == "expression" else _constant(module, path)
        if calls.torch_call(self.graph, node).kind == "expression":
            return getattr(functions, function_name(node.index))
        try:
            return module.get_submodule(path)
        except AttributeError:
            # A layer without tensors that the module calls by another name.
            return getattr(functions, function_name(node.index))

    def with_parts(self, parts: list[Any]) -> Steps:
        """The same network with other functions for its nodes."""
        other = copy(self)
        other.parts = parts
        return other

    def run(self, inputs: Sequence[Tensor], visit: Visit | None = None) -> list[Tensor]:
        """The outputs of the network.

        Args:
            inputs: one tensor per input of the network, the batch first; the list is emptied of them if it is a list.
            visit: called with every node and a function that computes it; what it returns is the node's value.
        """
        for part in self.parts:
            if isinstance(part, torch.nn.Module) and not part.state_dict():
                part.train(self.module.training)  # one that the module calls by another name
        waiting = list(inputs)
        if isinstance(inputs, list):
            inputs.clear()
        values: dict[int, Any] = {}
        for node in self.graph.nodes:
            if node.op == "input":
                values[node.index] = waiting.pop(0)
            else:
                values[node.index] = self._value(node, values, visit)
            for i in self.ended[node.index]:
                values.pop(i, None)
        return [self._tensor(values, i) for i in self.graph.outputs]

    def _value(self, node: Node, values: dict[int, Any], visit: Visit | None) -> Any:
        part = self.parts[node.index]
        if node.is_constant:
            plain = torch.is_grad_enabled() or isinstance(part, float) or node.index in self.masks
            return part if plain else part.detach()
        entering = [self._tensor(values, i) for i in node.inputs]
        if node.op == "unpool":
            entering[1] = values[node.inputs[1]][1]
        elif node.layer.arity is not None and not node.layer.reads:
            entering = entering[: max(node.layer.arity, 1)] if callable(part) and hasattr(part, "forward") else entering
        if isinstance(part, torch.nn.Module):  # a function gives constants their batch axis itself
            nodes = [self.graph.nodes[i] for i in node.inputs]
            entering = [x[None] if _lacks_batch(n, x) else x for n, x in zip(nodes, entering, strict=False)]
            entering = [torch.tensor([x]) if isinstance(x, float) else x for x in entering]

        def compute() -> Any:
            return part(*entering)

        if visit is None:
            return compute()
        self.entering = entering
        value = visit(node, compute)
        self.entering = []
        return value

    def _tensor(self, values: dict[int, Any], index: int) -> Tensor:
        value = values[index]
        tensor: Tensor = value[0] if isinstance(value, tuple) else value
        return tensor


def _constant(module: nn.Module, path: str) -> Any:
    """A parameter or buffer, as it is stored."""
    owner, _, name = path.rpartition(".")
    return getattr(module.get_submodule(owner), name)


def _lacks_batch(node: Node, value: Tensor) -> bool:
    return node.is_constant and isinstance(value, torch.Tensor) and value.dim() == len(node.shape or ())
