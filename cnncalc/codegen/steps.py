"""Every node without tensors as a function or a module of its own, for running a network one node at a time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cnncalc.codegen import calls
from cnncalc.codegen.layout import INDENT, flat

if TYPE_CHECKING:
    from cnncalc.graph import Graph


def function_name(index: int) -> str:
    """The function of a node."""
    return f"node_{index}"


def emit_steps(graph: Graph) -> str:
    """The text of a Python file with a function for every expression of the network."""
    functions, indexed = [], calls.pools_with_indices(graph)
    for node in graph.nodes:
        if node.op == "input" or calls.is_parameter(node):
            continue
        made = calls.torch_call(graph, node)
        if made.kind == "module" and calls.is_stateless(graph, node):
            functions.append(f"{function_name(node.index)} = {flat(calls.constructor(made, node.index in indexed))}\n")
        if made.kind != "expression":
            continue
        names = [f"x{number}" for number in range(len(node.inputs))]
        functions.append(
            f"def {function_name(node.index)}({', '.join(names)}):\n{INDENT}return {calls.expression(made, names)}\n"
        )
    body = "\n\n".join(functions)
    head = ["import torch"] + (["import torch.nn.functional as F"] if re.search(r"\bF\.", body) else [])
    return "\n".join([*head, "from torch import nn", "", "", body])
