"""Receptive fields through changes of the layout."""

import pytest

import cnncalc
from cnncalc.analysis import analyse


@pytest.mark.parametrize("middle", ["linear 5 last", "ln last", "softmax -1", "maxpool 1x1 s1"])
def test_layers_on_the_last_axis_keep_the_first_apart(middle):
    """Behind a permute the first axis is the height: 4 pixels, then two more steps of 4 on both sides: 4 + 2 * 4."""
    text = f"3x64x64 | conv 8 4 s4 | permute (1,2,0) | {middle} | permute (2,0,1) | conv 3 3"
    row = analyse(cnncalc.load(text).graph).rows[-1]
    assert [axis.size for axis in row.receptive_field] == [12, 12]
