"""The torch calls of layers as Python text."""

from __future__ import annotations

import keyword
from typing import TYPE_CHECKING

from cnncalc.codegen.layout import Bracket, Code, Labelled, call, literal
from cnncalc.diagnostics import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.graph import Graph, Node
    from cnncalc.layers.base import Shape, TorchCall

TAKEN = frozenset(
    [
        "T_destination",
        "add_module",
        "apply",
        "bfloat16",
        "buffers",
        "call_super_init",
        "children",
        "clear",
        "compile",
        "cpu",
        "cuda",
        "double",
        "dump_patches",
        "eval",
        "extra_repr",
        "float",
        "forward",
        "get_buffer",
        "get_extra_state",
        "get_parameter",
        "get_submodule",
        "half",
        "hook",
        "ipu",
        "items",
        "keys",
        "load_state_dict",
        "modules",
        "mtia",
        "named_buffers",
        "named_children",
        "named_modules",
        "named_parameters",
        "parameters",
        "pop",
        "register_backward_hook",
        "register_buffer",
        "register_module",
        "register_parameter",
        "requires_grad_",
        "set_extra_state",
        "set_submodule",
        "share_memory",
        "state_dict",
        "to",
        "to_empty",
        "train",
        "training",
        "type",
        "update",
        "values",
        "xpu",
        "zero_grad",
        "self",
        "super",
    ]
)
"""Attributes of nn.Module and nn.ModuleDict, which no module can be named."""

FUNCTIONS = {"crop": "center_crop"}
"""Operations on two values whose text has sizes in it, and the function that finds the sizes out by itself."""

SPOKEN = frozenset(
    [
        "self",
        "x",
        "torch",
        "nn",
        "F",
        "math",
        "Tensor",
        "OrderedDict",
        "Any",
        "in_channels",
        "layer",
        "range",
        "round",
        "min",
        "max",
        "abs",
        "int",
        "float",
        "tuple",
        "type",
        "super",
        "divisible",
        "roundup",
        "center_crop",
        "learned",
    ]
)
"""Names that the emitted text uses itself, which neither a parameter nor a variable can have."""


def torch_call(graph: Graph, node: Node) -> TorchCall:
    """The torch call of a node.

    Raises:
        UsageError: a shape is unknown.
    """
    shapes = graph.shapes_into(node)
    if shapes is None:
        raise UsageError(f"{node.path}: the size that enters is unknown")
    return node.layer.torch(*shapes)


def constructor(made: TorchCall, keep_indices: bool = False) -> Bracket:  # noqa: FBT001, FBT002 (a fact about the call)
    """``nn.Conv2d(3, 96, 11, stride=4)``."""
    items: list[Code] = [
        Labelled(f"{argument.keyword}=", literal(argument.value)) if argument.keyword else literal(argument.value)
        for argument in made.arguments
    ]
    if keep_indices:
        items.append("return_indices=True")
    return call(made.target, *items)


def expression(made: TorchCall, inputs: Sequence[str]) -> str:
    """The text of an expression over names."""
    return made.target.format(*inputs, inputs=", ".join(inputs))


def is_attribute(name: str) -> bool:
    """Whether a module's name can stand behind a dot."""
    return name.isidentifier() and not keyword.iskeyword(name)


def is_stateless(graph: Graph, node: Node) -> bool:
    """Whether the module of a node holds no tensors: then one serves all equal ones."""
    shapes = graph.shapes_into(node)
    return shapes is not None and not node.layer.params(*shapes)


def check_attribute(path: str) -> None:
    """Refuse names that nn.Module needs for itself.

    Raises:
        UsageError: a component of the path is such a name.
    """
    for name in path.split("."):
        if name in TAKEN:
            raise UsageError(f"'{path}': no module of PyTorch can be named '{name}'; rename it in the spec")


def is_parameter(node: Node) -> bool:
    """Whether a node is a learned constant: a parameter, no module."""
    return node.layer.arity == 0 and node.op != "input"


def pools_with_indices(graph: Graph) -> frozenset[int]:
    """The pooling nodes whose indices an unpooling reads."""
    return frozenset(node.inputs[1] for node in graph.nodes if node.op == "unpool" and len(node.inputs) > 1)


def shape_comment(shape: Shape | None) -> str:
    """``64x56x56``."""
    return "x".join(map(str, shape)) if shape else ""
