"""Running sums, the largest few, classes as vectors, places in another order."""

from __future__ import annotations

import pytest
import torch

import cnncalc
from cnncalc.analysis import analyse
from cnncalc.diagnostics import SpecError
from cnncalc.runtime.module import build
from cnncalc.runtime.verify import verify


def outcome(spec: str) -> torch.Tensor:
    network = cnncalc.load(spec)
    size = network.graph.inputs[0].shape or ()
    values = torch.arange(torch.tensor(size).prod().item(), dtype=torch.float32).reshape(1, *size)
    return build(network).eval()(values)[0]


def test_one_hot():
    # of three channels the last is the largest everywhere
    found = outcome("3x2x2 | argmax | onehot 3")
    assert found.tolist() == [[[0, 0, 1]] * 2] * 2
    assert cnncalc.load("3x2x2 | argmax | onehot 3").graph.nodes[-1].shape == (2, 2, 3)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("6 | take (5,0,0)", [5, 0, 0]),
        ("6 | take -1", [5]),
        ("6 | flip", [5, 4, 3, 2, 1, 0]),
        ("3 | tile 2", [0, 1, 2, 0, 1, 2]),
        ("4 | cumsum", [0, 1, 3, 6]),
        ("5 | topk 2", [4, 3]),
        ("2x3 | flip -1 | flatten", [2, 1, 0, 5, 4, 3]),
        ("1x2x2 | fold 3x1 1 | flatten", None),
        ("4x2x2 | unfold 1 | fold 2 1 | flatten", list(range(16))),
    ],
)
def test_values(spec, expected):
    if expected is None:
        with pytest.raises(SpecError, match="fold: 1x2x2 are not the columns of a map 3x1"):
            cnncalc.load(spec)
    else:
        assert outcome(spec).tolist() == expected


def test_comparisons_of_a_search():
    # the largest 2 of 5: 4 comparisons, then 3, for each of 6 lines
    assert analyse(cnncalc.load("5x6 | topk 2 0").graph).rows[-1].cost == {"cmp": 6 * (4 + 3)}


def test_a_flip_turns_the_field_round():
    """Of 8 rows the flip of a row looks at its mirror image: a window of 3 around row 7 - 2 = 5."""
    network = cnncalc.load("1x8x8 | conv 1 3 p1 | flip 1 | slice 2 3 dim=1")
    field = analyse(network.graph).rows[-1].receptive_field
    assert field is not None
    assert (field[0].size, field[0].start) == (3, 4)


@pytest.mark.parametrize(
    "spec",
    [
        "4x9x7 | conv 6 3 p1 | flip -1 | conv 5 3 p1",
        "4x9x7 | conv 6 3 p1 | take (0,5,3,3) 0 | conv 5 3 p1",
        "4x9x7 | conv 6 3 p1 | take (0,5,3,3) 1 | conv 5 3 p1",
        "4x9x7 | conv 6 3 p1 | tile 1x2x2 | conv 5 3 p1",
        "4x9x7 | conv 6 3 p1 | cumsum -1 | conv 5 3 p1",
        "4x9x7 | conv 6 3 p1 | topk 3 | conv 5 3 p1",
        "4x9x7 | conv 6 3 p1 | unfold 3 p1 | linear 4 last",
        "4x9x7 | conv 6 3 p1 | unfold 3 p1 s2 | conv 54 1 | fold 9x7 3 p1 s2",
        "4x16 | conv 6 3 p1 | flip 1 | conv 5 3 p1",
        "4x16 | matmul(id, from w); from input",
        "3x4x4x4 | conv 4 3 p1 | flip (0,3) | conv 2 3",
        "4x6x6 | argmax | onehot 4 | permute (2,0,1) | mul(id, from input) | conv 3 1",
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "autocast"])
def test_every_claim_holds(spec, dtype):
    if "from w" in spec:
        spec = "4x16; w = learned 16x5 std=0.1; from input | matmul(id, from w)"
    found = verify(cnncalc.load(spec), dtype=dtype, batch=2)
    assert found.holds, found.differences


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("4x5 | take 4", "take 4: axis 0 of 4x5 has places 0 to 3"),
        ("4x5 | take (0,-5)", "take -5: axis 0 of 4x5 has places 0 to 3"),
        ("4x5 | flip (0,-2)", "flip: an axis of 4x5 is named twice"),
        ("4x5 | tile 2", "tile: 1 numbers for the 2 axes of 4x5"),
        ("4x5 | topk 6 1", "topk 6: axis 1 of 4x5 has 5 numbers"),
        ("4x5 | cumsum 2", "dim 2 is out of range"),
        ("4x5 | unfold 3", "unfold needs 2 spatial axes; the input 4x5 has 1"),
        ("4x5 | fold 3 2", "fold: 4x5 are not the columns of a map 3x3"),
        ("4x5x6 | unfold 7", "window 7 is larger than the input 5"),
        ("4x5; q = id; sdpa(from q, from q, from q, from m)", "m"),
        ("4x5 | sdpa(id, id, id, reshape 5x4)", "sdpa: the mask is 5x4; it must be 1x4x4, 4x4, or 1 on some axes"),
        ("4x5 | sdpa(id, id)", "sdpa needs 3 inputs: queries, keys, values; found 2"),
        ("4x5 | matmul(id, mean 0)", "matmul: rows and columns are needed: 4x5, 5"),
        ("2x4x5 | matmul(id, reshape 4x5x2)", "matmul: axes before the last two differ: 2x4x5, 4x5x2"),
    ],
)
def test_errors(spec, message):
    with pytest.raises(SpecError) as error:
        cnncalc.load(spec)
    assert message in str(error.value)
