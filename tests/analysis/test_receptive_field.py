"""Receptive fields through changes of the layout."""

import pytest

import cnncalc
from cnncalc.analysis import analyse
from cnncalc.runtime.verify import verify


@pytest.mark.parametrize("middle", ["linear 5 last", "ln last", "softmax -1", "maxpool 1x1 s1"])
def test_layers_on_the_last_axis_keep_the_first_apart(middle):
    """Behind a permute the first axis is the height: 4 pixels, then two more steps of 4 on both sides: 4 + 2 * 4."""
    text = f"3x64x64 | conv 8 4 s4 | permute (1,2,0) | {middle} | permute (2,0,1) | conv 3 3"
    row = analyse(cnncalc.load(text).graph).rows[-1]
    assert [axis.size for axis in row.receptive_field] == [12, 12]


@pytest.mark.parametrize(
    "text",
    [
        "3x12x12 | softmax -1", "3x9x11 | transpose 0 -1 | softmax", "4x8x8 | conv 4 3 | transpose 0 -1 | slice 1 4 | lrn 2",
        "3x8x8 | conv 4 3 | transpose 0 -1 | conv 3 1", "4x6x6 | conv 8 3 p1 | permute (1,2,0) | relu | flatten | linear 5",
        "4x6x6 | conv 8 3 p1 | crop 1 | flatten | linear 5", "4x8x8 | conv 4 1 | slice 0 2 | gn 2 | conv 3 1",
    ],
)  # fmt: skip
def test_layouts_hold(text):
    """Fields and bytes of permuted and cut values, against torch."""
    found = verify(cnncalc.load(text))
    assert found.holds, found.differences
