"""Layers that write into what enters them are verified like any other."""

from __future__ import annotations

import pytest

import cnncalc
from cnncalc.runtime.verify import verify

NETWORKS = [
    "1x28x28 | conv 8 3 nobias | bn | relu inplace | add(id, relu)",
    "1x28x28 | conv 8 5 | bn noaffine | relu inplace | gap",
    "1x28x28 | bn | relu inplace | conv 8 3",
    "8x20x20 | conv 8 3 | relu inplace | add(id, relu) | gap",
    "3x24x24 | conv 8 3 p1 reflect | silu inplace | conv 8 3 same s2 | leaky inplace | flatten | linear 3",
]


@pytest.mark.parametrize("dtype", ["float32", "autocast"])
@pytest.mark.parametrize("text", NETWORKS)
def test_every_claim_holds(text, dtype):
    found = verify(cnncalc.load(text), dtype=dtype)
    assert found.holds, found.differences
