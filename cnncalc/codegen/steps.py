"""Every node without tensors as a function or a module of its own, for running a network one node at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.codegen import calls
from cnncalc.codegen.layout import INDENT, flat
from cnncalc.codegen.module import helper_text

if TYPE_CHECKING:
    from cnncalc.graph import Graph


def function_name(index: int) -> str:
    """The function of a node."""
    return f"node_{index}"


def emit_steps(graph: Graph) -> str:
    """The text of a Python file with a function, or a module, for everything of the network that has no tensors."""
    functions, indexed = [], calls.pools_with_indices(graph)
    helpers: set[str] = set()
    for node in graph.nodes:
        if node.layer.arity == 0:
            continue
        made = calls.torch_call(graph, node)
        if made.kind != "expression":
            if calls.is_stateless(graph, node):
                functions.append(
                    f"{function_name(node.index)} = {flat(calls.constructor(made, node.index in indexed))}\n"
                )
                helpers |= {made.target} if made.kind == "helper" else set()
            continue
        names = [f"x{number}" for number in range(len(node.inputs))]
        entering = [graph.nodes[i] for i in node.inputs]
        said = [calls.batched(n, x) if n.is_constant else x for n, x in zip(entering, names, strict=True)]
        text = calls.expression(made, calls.operands(graph, node, said), each=calls.is_each(graph, node))
        functions.append(f"def {function_name(node.index)}({', '.join(names)}):\n{INDENT}return {text}\n")
    brought = [helper_text(helper) for helper in sorted(helpers)]
    imports = {"import math", "import torch", "import torch.nn.functional as F", "from torch import Tensor, nn"}
    imports |= {line for helper in brought for line in helper.imports}
    classes = ["\n".join([*helper.body, ""]) for helper in brought]
    return "\n\n".join(["from __future__ import annotations\n", *sorted(imports), "", *classes, *functions])
