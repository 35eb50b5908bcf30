"""Axes put in, taken apart and stretched."""

from __future__ import annotations

from itertools import product

import pytest
import torch

import cnncalc
from cnncalc.diagnostics import ShapeError, SpecError
from cnncalc.layers.structure import Expand
from cnncalc.runtime.verify import verify

NETWORKS = [
    "3x8x8 | conv 4 3 p1 | concat(unsqueeze, relu | unsqueeze, sigmoid | unsqueeze) | unbind 1 | conv 2 3",
    "4x9 | conv 6 3 | concat(unsqueeze -1, unsqueeze -1, dim=-1) | sum -1 | conv 2 3",
    "3x8x8 | conv 4 3 | mul(id, gap | sigmoid | expand 4x6x6)",
    "6x8 | linear 24 last | reshape 6x3x2x4 | permute (1,2,0,3) | sdpa(unbind 0, unbind 1, unbind 2) | permute (1,0,2) | flatten 1 | linear 8 last",
    "3x12x12 | conv 8 3 | div(id, vectornorm dim=0 keepdim | shift 1) | clamp 0 1 | sqrt",
    "3x12x12 | conv 8 3 | sub(id, mean 0 keepdim) | mul(id, var 0 keepdim | shift 0.00001 | rsqrt)",
]


@pytest.mark.parametrize("dtype", ["float32", "autocast"])
@pytest.mark.parametrize("text", NETWORKS)
def test_every_claim_holds(text, dtype):
    found = verify(cnncalc.load(text), dtype=dtype)
    assert found.holds, found.differences


def test_expand_takes_what_torch_takes():
    sizes = list(product((1, 2, 3), repeat=2))
    for before, after in product(sizes, sizes):
        try:
            torch.rand(2, *before).expand(-1, *after)
            legal = True
        except RuntimeError:
            legal = False
        try:
            ours = Expand(size=after).infer(before) == after
        except ShapeError:
            ours = False
        assert ours == legal, (before, after)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("4x6 | unsqueeze 4", "dim 4 is out of range: the input 4x6x1 has 3 axes"),
        ("4x6 | unbind 4", "unbind 4: axis 0 of 4x6 has places 0 to 3"),
        ("4x6 | expand 8x6", "expand: 4x6 cannot be stretched to 8x6"),
        ("4x6 | clamp", "clamp needs a limit"),
    ],
)
def test_refusals(text, message):
    with pytest.raises(SpecError) as error:
        cnncalc.load(text)
    assert message in str(error.value)


def test_nothing_is_assumed_to_be_empty():
    """Half of one is no size that others could be told about."""
    with pytest.raises(SpecError) as caught:
        cnncalc.load("1x1x1 | glu 1 | chunk 2 0 1")
    assert len(caught.value.problems) == 1
