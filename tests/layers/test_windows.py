"""Windows in the batch, axes moved into it, cyclic shifts: every claim on the module, and what does not fit."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import cnncalc
from cnncalc.diagnostics import SpecError
from cnncalc.runtime.same import differences
from cnncalc.runtime.verify import verify

LAST = "permute (1,2,0); x = ln last"
NETWORKS = (
    "3x16x24 | conv 4 2 s2 | windows 4 | conv 4 1 | relu | unwindows 8x12 | conv 2 1",
    "3x16x24 | conv 4 2 s2 | windows 4 | conv 4 3 p1 | maxpool 2 | unwindows 4x6 | conv 2 3 p1",
    f"3x16x24; conv 4 2 s2 | {LAST}; windows 4 last; flatten 0 1 | attention 2 | reshape (4,4,4) | unwindows x last | linear 4 last",
    f"3x16x24; conv 4 2 s2 | {LAST}; roll (-2,-2) dims=(0,1) | windows 4 last; flatten 0 1 | linear 4 last; frombatch 6 | add(id, learned 6x1x1) | tobatch; attention 2 | reshape (4,4,4) | unwindows x last | roll (2,2) dims=(0,1) | linear 4 last",
    "3x8x12; conv 4 1 | permute (1,2,0) | tobatch | attention 2 | frombatch 8 | permute (1,0,2) | tobatch | attention 2 | frombatch 12 | permute (2,1,0) | conv 4 1",
    "3x40 | conv 4 1 | windows 5 | gap | conv 4 1 | unwindows 8 | conv 4 1",
    "2x4x6x8 | conv 4 1 | windows 2x3x4 | bn | unwindows 4x6x8 | conv 2 3 p1",
    "3x16x16 | conv 8 3 p1 | windows 4 | mul(id, gap | flatten | linear 2 | relu | linear 8 | sigmoid | reshape 8x1x1) | unwindows 16x16 | conv 4 1",
    "3x40 | conv 4 3 p1 | windows 5 | add(id, gap | flatten | linear 4 | reshape 4x1) | unwindows 40 | conv 2 3",
)


@pytest.mark.parametrize("dtype", ["float32", "autocast"])
@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("text", NETWORKS)
def test_every_claim_holds(text, batch, dtype):
    found = verify(cnncalc.load(text), batch=batch, dtype=dtype)
    assert found.holds, found.differences
    assert any(claim.kind == "receptive field" for claim in found.claims)


@pytest.mark.parametrize("text", NETWORKS)
def test_classes_and_flat_source_are_the_same_network(text):
    network = cnncalc.load(text)
    inputs = [torch.rand(2, *(node.shape or ())) for node in network.graph.inputs]
    assert differences(cnncalc.build(network, style="flat"), cnncalc.build(network), inputs) == []


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 4)), min_size=1, max_size=3), st.booleans())
def test_back_is_the_inverse_and_windows_are_those_of_the_map(axes, last):
    sizes, window = [n * w for n, w in axes], [w for _, w in axes]
    shape = [*sizes, 3] if last else [3, *sizes]
    word = " last" if last else ""
    joined = "x".join(map(str, window)) if len(window) > 1 else str(window[0])
    cut = cnncalc.build(f"{'x'.join(map(str, shape))} | windows {joined}{word}")
    back = cnncalc.build(f"{'x'.join(map(str, shape))}; from input | windows {joined}{word} | unwindows input{word}")
    x = torch.rand(2, *shape)
    assert torch.equal(back(x), x)
    first = cut(x)[0]
    index = [slice(0, w) for w in window]
    assert torch.equal(first, x[0][(*index, slice(None)) if last else (slice(None), *index)])


def field(text):
    return [axis.size for axis in cnncalc.analyze(text).layers[-1].receptive_field]


def test_a_token_sees_its_window():
    # patches of 4 pixels, windows of 7 patches: 28 pixels
    text = "3x224x224 | conv 8 4 s4 | permute (1,2,0); x = id; from x | windows 7 last | flatten 0 1 | attention 2 | reshape (7,7,8) | unwindows 56x56 last"
    assert field(text) == [28, 28]


def test_windows_that_are_mixed_see_everything():
    text = "3x32x32 | conv 8 4 s4 | windows 4 | frombatch 4 | mean (0,1) keepdim | tobatch | unwindows 2x8"
    with pytest.raises(SpecError):
        field(text)
    assert field(text.replace("unwindows 2x8", "gap")) == [32, 32]


def test_explanations_say_how_many_copies():
    from cnncalc.render.explanation import render

    found = render(cnncalc.explain("3x56x56 | conv 8 1 | windows 7 | conv 8 1", "2"))
    assert found.startswith("2: conv, output 8x7x7, 64 per sample")
    assert "    N * P_out * C_out * C_in/g * K\n    64 * 7*7 * 8 * 8/1 * 1*1" in found
    assert "N        copies in the batch, 64 per sample" in found


WRONG = {
    "3x8x8 | windows 3": ("windows of 3 leave 2 rows of 8 over: 3x8x8", "pad the far edge by 1 first, or choose a size that divides 8"),
    "8 | windows 2": ("windows needs 1 to 3 spatial axes; the input 8 has 0", "put windows on a feature map: channels, then the spatial axes"),
    "3x8x8 | windows 4 | unwindows 6x8": ("unwindows: windows 3x4x4 do not fill 6x8", "give the size that was cut into windows"),
    "3x8x8 | windows 4 | unwindows 12x8": ("unwindows: 4 windows per sample do not make maps of 6", "give the size that was cut into windows"),
    "3x8x8; x = gap | flatten; from input | windows 4 | unwindows x": ("unwindows: 3 has 1 axes, the windows 3x4x4 3", "name the value that entered windows"),
    "3x8x8 | windows 4 | frombatch 3": ("frombatch 3: the value exists 4 times per sample", "counts that fit: 1, 2, 4"),
    "8 | tobatch": ("tobatch leaves an axis in every value; the input is 8", "reshape it to two axes first"),
    "3x8x8; from input | add(id, learned 2x8x8 | tobatch)": ("tobatch needs a value of every sample; this one exists once per network", "move axes only where an input of the network has come in"),
    "3x8x8 | add(windows 4, windows 2 | upsample 2)": ("add: values meet that exist 4 and 16 times per sample", "bring windows back with unwindows, or copies with frombatch, before they meet"),
    "3x8x8 | roll (1,2,3)": ("roll: 3 shifts for 2 axes", "give one shift, or one per axis"),
    "3x8x8 | add(id, buffer 5 values=(1,2))": ("buffer: 2 values do not fill 5, 5 numbers", "give as many values, or some that are repeated"),
    "3x8x8 | add(id, shiftmask 8x8 3x3 1x1)": ("shiftmask: windows of 3x3 do not divide 8x8", "give the size that is cut into windows"),
    "4x8; i = buffer 2x2; from input | select i": ("select needs a list of places; i is 2x2", "flatten it, and reshape the result"),
    "4x8; from input | select input": ("select needs a list of places; input is 4x8", "flatten it, and reshape the result"),
    "4; from input | select input": ("select needs places that exist once per network; input differs between samples", "name a buffer, such as relativeindex 7x7"),
}  # fmt: skip


@pytest.mark.parametrize("text", WRONG)
def test_what_does_not_fit(text):
    with pytest.raises(SpecError) as error:
        cnncalc.load(text)
    problem = error.value.problems[0]
    assert (problem.message, problem.hint) == WRONG[text]
