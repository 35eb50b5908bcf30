"""Every example of every layer, against torch: size, state_dict, MACs, bytes kept for the backward pass."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from cnncalc.analysis import analyse
from cnncalc.codegen.module import class_name, emit_flat
from cnncalc.diagnostics import Source
from cnncalc.graph import Graph, Input, Node
from cnncalc.layers import registry
from cnncalc.runtime.module import import_source
from cnncalc.runtime.saved import saved_bytes

if TYPE_CHECKING:
    from cnncalc.layers.base import Example, Layer

CASES = [
    pytest.param(kind, example, id=f"{kind.op}-{number}")
    for kind in registry.classes()
    for number, example in enumerate(kind.EXAMPLES)
    if kind.op != "unpool"  # needs the indices of a pool: tests/layers/test_unpool.py
]


def graph_of(kind: type[Layer], example: Example) -> Graph:
    """The layer alone behind its inputs; a learned constant is added to an input, since a network has one."""
    layer = kind(**example.arguments)
    inputs = [
        Node(i, f"in{i}", Input(), (), shape, None, label=f"in{i}", weights=i) for i, shape in enumerate(example.inputs)
    ]
    if not inputs:
        inputs = [Node(0, "in0", Input(), (), (1,), None, label="in0", weights=0)]
    own = tuple(range(len(example.inputs)))
    last = len(inputs)
    node = Node(last, "m", layer, own, layer.infer(*example.inputs), None, weights=last)
    return Graph("Example", (*inputs, node), (last,), Source("test", ""))


def built(graph: Graph) -> torch.nn.Module:
    text = emit_flat(graph)
    torch.manual_seed(0)
    return getattr(import_source(text, graph.name), class_name(graph.name))()


def values(graph: Graph, batch: int) -> list[torch.Tensor]:
    return [torch.rand(batch, *(node.shape or ())) + 0.1 for node in graph.inputs]


@pytest.mark.parametrize(("kind", "example"), CASES)
def test_shape(kind: type[Layer], example: Example) -> None:
    graph = graph_of(kind, example)
    module = built(graph).eval()
    assert tuple(module(*values(graph, 2)).shape) == (2, *(graph.nodes[-1].shape or ()))


@pytest.mark.parametrize(("kind", "example"), CASES)
def test_state_dict(kind: type[Layer], example: Example) -> None:
    graph = graph_of(kind, example)
    module = built(graph)
    prefix = "m" if graph.nodes[-1].layer.arity == 0 else "m."
    found = [(name.removeprefix(prefix), tuple(value.shape)) for name, value in module.state_dict().items()]
    tensors = graph.nodes[-1].layer.params(*example.inputs)
    expected = [("" if prefix == "m" else tensor.name, tensor.shape) for tensor in tensors]
    assert found == expected
    own = [("" if prefix == "m" else tensor.name, tensor.shape) for tensor in tensors if not tensor.buffer]
    assert [(name.removeprefix(prefix), tuple(value.shape)) for name, value in module.named_parameters()] == own


@pytest.mark.parametrize(("kind", "example"), CASES)
def test_macs(kind: type[Layer], example: Example) -> None:
    graph = graph_of(kind, example)
    module = built(graph).eval()
    if kind.op in ("attention", "sdpa", "learned"):
        # The counter does not see the fused product of a CPU in inference, and fails on a parameter; see tests/layers.
        return
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        module(*values(graph, 2))
    macs = analyse(graph, batch=2).rows[-1].macs
    assert Fraction(counter.get_total_flops(), 2) == macs


@pytest.mark.parametrize("itemsize", [torch.float32, torch.float64])
@pytest.mark.parametrize("needs", [False, True])
@pytest.mark.parametrize(("kind", "example"), CASES)
def test_saved_bytes(kind: type[Layer], example: Example, *, needs: bool, itemsize: torch.dtype) -> None:
    graph = graph_of(kind, example)
    module = built(graph).to(itemsize).train()
    entering = [value.to(itemsize).requires_grad_(needs) for value in values(graph, 2)]
    entering = [value.clone() for value in entering]  # no leaves, since some layers work in place
    measured = saved_bytes(module, entering)
    from cnncalc.layers.base import NOTHING, Run

    node = graph.nodes[-1]
    run = Run(2, itemsize.itemsize, train=True, needs=(needs,) * len(node.inputs))
    trained = any(not tensor.buffer for tensor in node.layer.params(*example.inputs))
    saved = node.layer.saved(run, *example.inputs) if needs or trained else NOTHING
    expected = saved.extra
    expected += sum(entering[i].nbytes for i in set(saved.inputs))
    in_place = getattr(node.layer, "inplace", False) or node.layer.is_view(*example.inputs)
    if saved.output and not in_place:
        size = 2 * itemsize.itemsize
        for n in node.shape or ():
            size *= n
        expected += size
    elif saved.output and 0 not in saved.inputs:
        expected += entering[0].nbytes
    assert measured == expected
