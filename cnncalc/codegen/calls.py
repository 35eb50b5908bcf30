"""The torch calls of layers as Python text."""

from __future__ import annotations

import keyword
import re
from typing import TYPE_CHECKING

from cnncalc.codegen.layout import Bracket, Code, Labelled, call, literal
from cnncalc.codegen.pyexpr import Unable
from cnncalc.diagnostics import UsageError
from cnncalc.layers.base import shown

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

MASK = 3
"""The input of attention that PyTorch stretches over the batch itself."""

FIRST = "[None]"
"""Gives a tensor a batch axis of 1."""

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
        "filled",
        "relative_index",
        "relative_coordinates",
        "shift_mask",
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


def expression(made: TorchCall, inputs: Sequence[str], *, each: bool = False) -> str:
    """The text of an expression over names; ``each``: the inputs behind the first exist once per sample too."""
    text = (made.each if each and made.each else made.target).format(*inputs, inputs=", ".join(inputs))
    text = text.replace(f"{FIRST}[0]", "")
    return re.sub(r"\[None\]\.shape\[(\d+)\]", lambda axis: f".shape[{int(axis[1]) - 1}]", text)


def operands(graph: Graph, node: Node, names: Sequence[str]) -> list[str]:
    """How a node says its inputs: those that exist once per network stretched to the batch where PyTorch does not do that.

    A parameter has no batch axis of its own (``self.scale[None]``); arithmetic with a value that has one needs none.
    """
    entering = [graph.nodes[i] for i in node.inputs]
    said = list(names)
    if not getattr(node.layer, "takes_numbers", True):
        plain = [is_number(value) for value in entering]
        said = [f"torch.tensor({name})" if number else name for number, name in zip(plain, said, strict=True)]
    if entering and all(is_number(value) for value in entering):
        said = [f"torch.tensor([{name}])" for name in names]  # with the axis of the batch
    flowing = len(entering) if node.layer.arity is None else node.layer.arity
    if node.op == "einsum":  # its letters count the batch axis
        return said
    if node.layer.stretches:
        rank = max(len(value.shape or ()) for value in entering)
        if any(
            len(value.shape or ()) == rank and not name.endswith(FIRST) and not is_number(value)
            for value, name in zip(entering, said, strict=True)
        ):
            return [name.removesuffix(FIRST) for name in said]
    elif node.times and flowing > 1:
        batch = next(name for value, name in zip(entering, said, strict=True) if value.times)
        for place, value in enumerate(entering[:flowing]):
            if not value.times and not (node.op == "sdpa" and place >= MASK):
                ones = ", -1" * len(value.shape or ())
                said[place] = f"{said[place].removesuffix(FIRST)}.expand({batch}.shape[0]{ones})"
    return said


def is_number(value: Node) -> bool:
    """Whether a value is a number of Python."""
    return value.is_constant and not value.layer.params()


def batched(node: Node, access: str) -> str:
    """A constant of the network with a batch axis of 1: it may be stored with one."""
    stored = node.layer.params()
    return access if not stored or len(stored[0].shape) > len(node.shape or ()) else f"{access}{FIRST}"


def registration(node: Node, owner: str, name: str, code: Code) -> tuple[str, Code]:
    """How a module gets a constant: what stands in front of the code, and the code."""
    tensor = node.layer.params()[0]
    if not tensor.buffer and is_attribute(name):
        return f"{owner}.{name} = ", code
    method = "register_buffer" if tensor.buffer else "register_parameter"
    kept: tuple[Code, ...] = () if tensor.persistent else ("persistent=False",)
    return "", Bracket(f"{owner}.{method}(", (f'"{name}"', code, *kept))


def is_each(graph: Graph, node: Node) -> bool:
    """Whether the inputs behind the first exist once per sample."""
    return any(graph.nodes[i].times for i in node.inputs[1:])


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


def check_name(name: str) -> None:
    """Refuse a name that a module of a sequence cannot have.

    Raises:
        Unable: it is a path.
        UsageError: nn.Module needs it for itself.
    """
    if "." in name:
        raise Unable("a path as a name")
    check_attribute(name)


def is_parameter(node: Node) -> bool:
    """Whether a node is a constant of the network: a parameter, no module."""
    return node.is_constant


def pools_with_indices(graph: Graph) -> frozenset[int]:
    """The pooling nodes whose indices an unpooling reads."""
    return frozenset(node.inputs[1] for node in graph.nodes if node.op == "unpool" and len(node.inputs) > 1)


def shape_comment(shape: Shape | None) -> str:
    """``64x56x56``."""
    return "" if shape is None else shown(shape)
