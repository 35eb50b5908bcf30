"""Every example of every layer, against torch: size, state_dict, MACs, bytes kept for the backward pass."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from cnncalc.analysis import analyse
from cnncalc.analysis.memory import storages
from cnncalc.analysis.prepared import prepare
from cnncalc.codegen.module import class_name, emit_flat
from cnncalc.diagnostics import Source
from cnncalc.graph import Graph, Input, Node
from cnncalc.layers import registry
from cnncalc.layers.linear import Linear
from cnncalc.runtime.module import import_source
from cnncalc.runtime.saved import Saved, saved_bytes
from cnncalc.runtime.verifying.fused import in_the_open

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnncalc.layers.base import Example, Layer

CASES = [
    pytest.param(kind, example, id=f"{kind.op}-{number}")
    for kind in registry.classes()
    for number, example in enumerate(kind.EXAMPLES)
    if kind.op != "unpool"  # needs the indices of a pool: tests/layers/test_unpool.py
]


def _inputs(example: Example) -> list[Node]:
    shapes = example.inputs or ((1,),)
    return [Node(i, f"in{i}", Input(), (), shape, None, label=f"in{i}", weights=i) for i, shape in enumerate(shapes)]


def graph_of(kind: type[Layer], example: Example) -> Graph:
    """The layer alone behind its inputs; a learned constant is added to an input, since a network has one."""
    layer = kind(**example.arguments)
    inputs = _inputs(example)
    own = tuple(range(len(example.inputs)))
    last = len(inputs)
    times = layer.often((1,) * len(own), *example.inputs)
    node = Node(last, "m", layer, own, layer.infer(*example.inputs), None, weights=last, times=times)
    return Graph("Example", (*inputs, node), (last,), Source("test", ""))


def built(graph: Graph) -> torch.nn.Module:
    text = emit_flat(graph)
    torch.manual_seed(0)
    return in_the_open(getattr(import_source(text, graph.name), class_name(graph.name))())


def values(graph: Graph, batch: int) -> list[torch.Tensor]:
    return [torch.rand(batch, *(node.shape or ())) + 0.1 for node in graph.inputs]


@pytest.mark.parametrize(("kind", "example"), CASES)
def test_shape(kind: type[Layer], example: Example) -> None:
    graph = graph_of(kind, example)
    module = built(graph).eval()
    last = graph.nodes[-1]
    assert tuple(module(*values(graph, 2)).shape) == (last.copies(2), *(last.shape or ()))


@pytest.mark.parametrize(("kind", "example"), CASES)
def test_state_dict(kind: type[Layer], example: Example) -> None:
    graph = graph_of(kind, example)
    module = built(graph)
    prefix = "m" if graph.nodes[-1].layer.arity == 0 else "m."
    found = [(name.removeprefix(prefix), tuple(value.shape)) for name, value in module.state_dict().items()]
    tensors = graph.nodes[-1].layer.params(*example.inputs)
    expected = [("" if prefix == "m" else tensor.name, tensor.shape) for tensor in tensors if tensor.persistent]
    assert found == expected
    own = [("" if prefix == "m" else tensor.name, tensor.shape) for tensor in tensors if not tensor.buffer]
    assert [(name.removeprefix(prefix), tuple(value.shape)) for name, value in module.named_parameters()] == own


@pytest.mark.parametrize(("kind", "example"), CASES)
def test_macs(kind: type[Layer], example: Example) -> None:
    graph = graph_of(kind, example)
    module = built(graph).eval()
    if kind.op in ("attention", "sdpa") or kind.arity == 0:
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


def behind_products(kind: type[Layer], example: Example) -> Graph:
    """The layer behind a linear layer on every input, so that under autocast bfloat16 enters."""
    nodes = _inputs(example)
    count = len(nodes)
    for i, node in enumerate(tuple(nodes)):
        size = (node.shape or ())[-1]
        nodes.append(Node(count + i, f"before{i}", Linear(out_features=size, last=True), (i,), node.shape, None, weights=count + i))  # fmt: skip
    layer, last = kind(**example.arguments), 2 * count
    own = tuple(count + i for i in range(len(example.inputs)))
    times = layer.often((1,) * len(own), *example.inputs)
    nodes.append(Node(last, "m", layer, own, layer.infer(*example.inputs), None, weights=last, times=times))
    return Graph("Example", tuple(nodes), (last,), Source("test", ""))


@pytest.mark.filterwarnings("ignore:Mismatch dtype between input and weight")  # torch's own, of its rms_norm
@pytest.mark.parametrize("make", [graph_of, behind_products])
@pytest.mark.parametrize("train", [False, True])
@pytest.mark.parametrize("dtype", ["autocast", "float32"])
@pytest.mark.parametrize(("kind", "example"), CASES)
def test_saved_bytes_of_a_network(
    kind: type[Layer], example: Example, dtype: str, *, train: bool, make: Callable[[type[Layer], Example], Graph]
) -> None:
    """Under autocast with float32 and with bfloat16 entering; in training and in evaluation."""
    graph = make(kind, example)
    module = built(graph).train(train)
    ready = prepare(graph, 2, dtype, train=train)
    with torch.autocast("cpu", torch.bfloat16, enabled=dtype == "autocast"), Saved(module) as saved:
        value = module(*values(graph, 2))
    assert saved.total == sum(storages.saved_bytes(ready.where, ready.keeps))
    assert value.nbytes == ready.sizes[-1]
