"""Pools that PyTorch cannot run."""

import pytest
import torch

from cnncalc import load
from cnncalc.diagnostics import SpecError


def test_average_pooling_in_three_dimensions_counts_no_padding():
    with pytest.raises(RuntimeError, match="smaller than kernel size"):
        torch.nn.AvgPool3d(4, 1, 2)(torch.zeros(1, 2, 3, 3, 3))
    with pytest.raises(
        SpecError, match="avgpool in 3-D cannot take an input 3x3x3 that is smaller than its window 4x4x4"
    ):
        load("2x3x3x3 | avgpool 4 s1 p2")


@pytest.mark.parametrize(("text", "out"), [("2x3x3 | avgpool 4 s1 p2", (2, 4, 4)), ("2x3 | avgpool 4 s1 p2", (2, 4))])
def test_in_fewer_dimensions_it_does(text, out):
    """(3 + 2 * 2 - 4) / 1 + 1 = 4."""
    graph = load(text).graph
    assert graph.nodes[-1].shape == out
