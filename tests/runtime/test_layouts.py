"""How values lie in memory: the distances between neighbours are those of PyTorch's tensors, and what is kept follows from them."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import cnncalc
from cnncalc.analysis.memory.distances import viewed
from cnncalc.analysis.memory.strides import Layouts
from cnncalc.analysis.prepared import prepare
from cnncalc.runtime.inputs import sample
from cnncalc.runtime.module import build
from cnncalc.runtime.steps import Steps
from cnncalc.runtime.verify import verify


def differing(text, batch):
    """Values whose distances along axes of more than one place are not those of the tensor."""
    graph = cnncalc.load(text).graph
    ready = prepare(graph, batch)
    layouts = Layouts(graph, ready.views, ready.needs, batch)
    wrong = []

    def visit(node, compute):
        value = compute()
        tensor = value[0] if isinstance(value, tuple) else value
        wide = [axis for axis, size in enumerate(tensor.shape) if size > 1]
        ours = layouts.strides(node.index)
        if [ours[axis] for axis in wide] != [tensor.stride(axis) for axis in wide]:
            wrong.append((node.path, tuple(tensor.shape), ours, tensor.stride()))
        return value

    chance = torch.Generator().manual_seed(0)
    Steps(graph, build(cnncalc.load(text)).eval()).run([sample(graph, n, batch, chance) for n in graph.inputs], visit)
    return wrong


STAGES = (
    "relu", "gelu", "inplace", "conv 4 1", "conv 3 3 p1", "conv 3 3 p1 s2", "conv 2 3 p1 circular", "convt 2 2 s2", "depthwise 3 p1", "bn", "gn 1", "instancenorm",
    "ln channels", "ln last", "maxpool 2 ceil", "avgpool 2 ceil", "gap", "adaptiveavgpool 2", "upsample 2", "resize 3x3", "pad 1",
    "permute (1,2,0)", "permute (2,0,1)", "transpose 0 1", "transpose 1 2", "slice 0 1", "slice 0 1 dim=-1", "slice 0 step=2 dim=1", "chunk 2 0 1", "flip 0",
    "linear 3 last", "softmax", "layerscale", "scale 2", "clamp 0 1", "glu 1", "channelshuffle 1", "roll 1 1",
    "add(id, relu)", "mul(gap, id)", "concat(id, relu)", "mul(id, transpose 1 2 | transpose 1 2)", "reshape (2,-1,1)", "reshape (1,-1,2)", "reshape (3,2,-1)",
)  # fmt: skip


@st.composite
def chains(draw):
    """Maps of few places, often one, and layers that turn, cut, stretch and compute."""
    sizes = [draw(st.sampled_from((1, 2, 3, 4, 6))) for _ in range(3)]
    stages = [
        s if s != "inplace" else "relu inplace" for s in draw(st.lists(st.sampled_from(STAGES), min_size=1, max_size=8))
    ]
    return f"{'x'.join(map(str, sizes))} | {' | '.join(stages)}"


@given(chains(), st.sampled_from((1, 2, 3)))
def test_distances_of_random_chains(text, batch):
    try:
        cnncalc.load(text)
    except cnncalc.CnncalcError:
        return
    try:
        wrong = differing(text, batch)
    except (RuntimeError, ValueError):  # PyTorch refuses: statistics of a single value, a view that is overwritten
        return
    assert wrong == [], text


@pytest.mark.parametrize("sizes", [(4, 5, 6), (1, 1, 1), (2, 1, 3), (1, 7, 1), (5, 1, 1)])
@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (2, 1, 0)])
def test_a_look_at_other_sizes(sizes, order):
    """Where ``view`` finds distances they are these; where it finds none there are none."""
    value = torch.zeros(sizes).permute(order)
    first, second, third = value.shape
    for wanted in (
        (first * second, third),
        (first, second * third),
        (first, 1, second, third),
        (first * second * third,),
    ):
        try:
            theirs = value.view(wanted).stride()
        except RuntimeError:
            assert viewed(tuple(value.shape), value.stride(), wanted) is None
            continue
        ours = viewed(tuple(value.shape), value.stride(), wanted)
        assert [a for a, size in zip(ours, wanted, strict=True) if size > 1] == [
            a for a, size in zip(theirs, wanted, strict=True) if size > 1
        ]


ATTENTION = """
cnncalc: 1
input: {channels}x{rows}x{columns}
layers:
  - {norm}
  - conv 3*{heads}*{features} 1
  - reshape ({heads},3*{features},-1) | {turn}
  - y = id
  - b = learned ({heads},{rows}*{columns},{rows}*{columns})
  - sdpa(from y | chunk 3 0 {axis}, from y | chunk 3 1 {axis}, from y | chunk 3 2 {axis}{bias})
  - transpose 1 2 | reshape ({heads}*{features},{rows},{columns}) | conv 2 1
"""


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (1, 3), (2, 1), (3, 3), (2, 5)])
@pytest.mark.parametrize("heads", [1, 3])
@pytest.mark.parametrize("norm", ["id", "layernorm channels", "gn 1"])
@pytest.mark.parametrize("bias", [", from b", ""])
@pytest.mark.parametrize("batch", [1, 2])
def test_attention_on_maps_of_few_places(rows, columns, heads, norm, bias, batch):
    """Bytes kept for the backward pass, which depend on how the values lie by head."""
    text = ATTENTION.format(
        channels=2,
        rows=rows,
        columns=columns,
        norm=norm,
        heads=heads,
        features=4,
        turn="transpose 1 2",
        axis="-1",
        bias=bias,
    )
    found = verify(cnncalc.load(text), batch=batch)
    assert found.holds, found.differences
