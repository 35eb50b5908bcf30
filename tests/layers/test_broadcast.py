"""Arithmetic stretches as torch does: what is legal, the size, and every claim on the module."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import cnncalc
from cnncalc.diagnostics import SpecError
from cnncalc.runtime.verify import verify

PAIRS = ("add", "sub", "mul", "div", "max", "min", "pow", "lt", "ge", "eq")


@st.composite
def shape(draw):
    return tuple(draw(st.lists(st.sampled_from((1, 2, 3)), min_size=1, max_size=3)))


@settings(max_examples=300)
@given(st.sampled_from(PAIRS), shape(), shape(), st.booleans(), st.booleans())
def test_legality_and_size_are_torchs(op, a, b, once, first):
    """Torch's own sum says; but it must be the batch axes that meet, of 5 samples. A learned value has none."""
    learned = f"learned {'x'.join(map(str, b))} init=1"
    other = learned if once else "from other"
    spec = f"cnncalc: 1\ninputs: {{input: {list(a)}, other: {list(b)}}}\nlayers:\n  - from input | {op}({'id, ' + other if first else other + ', id'})\n"
    if once:
        spec = spec.replace(f", other: {list(b)}", "")
    x, y = torch.ones(5, *a), torch.ones(b) if once else torch.ones(5, *b)
    wanted = None
    try:
        found = tuple((x + y).shape)
        batches_meet = len(a) >= len(b) if once else len(a) == len(b)
        wanted = found[1:] if batches_meet else None
    except RuntimeError:
        pass
    try:
        graph = cnncalc.load(spec).graph
    except SpecError:
        assert wanted is None
        return
    assert graph.nodes[graph.outputs[0]].shape == wanted


NETWORKS = (
    "3x8x8 | conv 4 3 p1 | add(id, learned 4x1x1) | mul(id, learned scalar init=1) | relu | conv 4 1",
    "10x16 | mul(id, learned 16) | linear 8 last",
    "4x8x8 | conv 4 1 | add(id, learned 4x1x1 | add(id, learned 4x8x8 | sigmoid) | mul(id, learned scalar init=2))",
    "4x8x8 | conv 4 1 | sub(number 1, id) | pow(id, number 2) | div(id, learned 8 init=2)",
    "4x8x8 | conv 4 1 | where(lt(id, number 0), mul(id, learned scalar), id)",
    "4x8x8; w = buffer 4x1x1 values=(1,2,3,4); from input | conv 4 1 | pow(sigmoid, from w)",
    "3x6x6 | conv 4 3 p1 | tile 1x2x1 | slice 0 6 dim=1 | matmul(id, learned 6x6 std=0.1) | conv 2 1",
    "3x8x8; x = conv 3 1; w = learned 3x1x1 init=1; y = learned 3x1x1; from x | mul(id, from y, from w)",
    "3x16x16; x = conv 8 1; w = learned 8x1x1 init=1; u = learned 1x16x1; from x | mul(from w, from u, id)",
    "4x8x8 | conv 4 1 | pow(relu | add(id, number 1), learned 4x1x1 init=1) | conv 2 1",
    "4x8x8 | conv 4 1 | mul(learned 4x1x1, learned 1x8x8, id) | max(id, learned 8x1)",
    "4x8x8 | conv 4 1 | div(learned 4x1x1 init=1, add(sigmoid, number 1))",
)


@pytest.mark.parametrize("dtype", ["float32", "autocast"])
@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("text", NETWORKS)
def test_every_claim_holds(text, batch, dtype):
    found = verify(cnncalc.load(text), batch=batch, dtype=dtype)
    assert found.holds, found.differences


@pytest.mark.parametrize("text", NETWORKS)
def test_classes_and_flat_source_are_the_same_network(text):
    from cnncalc.runtime.same import differences

    network = cnncalc.load(text)
    inputs = [torch.rand(2, *(node.shape or ())) for node in network.graph.inputs]
    assert differences(cnncalc.build(network, style="flat"), cnncalc.build(network), inputs) == []


WRONG = {
    "3x4x4 | div(id, id, id)": "div needs 2 inputs; found 3",
    "3x4x4 | where(id, id)": "where needs 3 inputs; found 2",
    "3x4x4 | mul(id, mean)": "mul: numbers of axes differ: 3x4x4, 3",
    "3x4x4 | mul(id, learned 2x1x1)": "mul: sizes differ: 3x4x4, 2x1x1",
    "3x4x4 | mul(id, learned 3)": "mul: numbers of axes differ: 3x4x4, 3",
    "4 | mul(id, learned 3x4)": "mul: numbers of axes differ: 4, 3x4",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_does_not_meet(text):
    with pytest.raises(SpecError) as error:
        cnncalc.load(text)
    assert error.value.problems[0].message == WRONG[text]
