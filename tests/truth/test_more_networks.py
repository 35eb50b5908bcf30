"""Networks beyond maps, against what was published of them and arithmetic."""

from __future__ import annotations

from pathlib import Path

import pytest

import cnncalc
from cnncalc.runtime.verify import verify

SPECS = Path(__file__).parents[2] / "specs"


def test_segformer_b0():
    """Xie et al. (2021), table 1: 3.8 M parameters, 8.4 G at 512x512 with 150 classes; the published weights are 3,752,694 numbers."""
    totals = cnncalc.analyze(SPECS / "segformer_b0.yaml").totals
    assert totals.params == 3_752_694
    assert round(totals.macs / 1e9, 1) == 8.4


def test_show_and_tell():
    totals = cnncalc.analyze(SPECS / "show_and_tell.yaml").totals
    table, image = 10_000 * 512, 2048 * 512 + 512
    # four gates of 512 read 512 numbers and a state of 512, with two biases each
    units = 4 * 512 * (512 + 512) + 2 * 4 * 512
    words = 512 * 10_000 + 10_000
    assert totals.params == table + image + units + words
    assert totals.macs == 2048 * 512 + 21 * 4 * 512 * 1024 + 21 * 512 * 10_000


@pytest.mark.parametrize(("name", "inputs"), [("segformer_b0", {"input": (3, 64, 64)}), ("show_and_tell", {})])
def test_every_claim_holds(name, inputs):
    found = verify(cnncalc.load(SPECS / f"{name}.yaml", inputs=inputs or None))
    assert found.holds, found.differences
