"""Transformers that ship with the program against torchvision: parameters, MACs, names and sizes of all tensors, every claim."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

import cnncalc
from cnncalc.runtime.same import differences
from cnncalc.runtime.verify import verify

DATA = Path(__file__).parents[1] / "data"
STATES = json.loads((DATA / "state_dicts.json").read_text(encoding="utf-8"))
SHIPPED = {path.stem for path in (Path(__file__).parents[2] / "specs").glob("*.yaml")}
with (DATA / "transformers.csv").open(encoding="utf-8") as file:
    ROWS = [row for row in csv.DictReader(file) if not row["model"].startswith("swin_v2") or "swin_v2_t" in SHIPPED]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["model"])
def test_parameters_and_macs(row):
    totals = cnncalc.analyze(row["model"]).totals
    assert totals.params == int(row["num_params"])
    if row["flop_counter_macs"]:
        assert totals.macs == int(row["flop_counter_macs"])
    assert abs(totals.macs / 1e9 - float(row["gmacs_published"])) <= 0.0005 + 1e-9


@pytest.mark.parametrize("model", sorted(SHIPPED & set(STATES)))
def test_names_and_sizes_of_all_tensors(model):
    module = cnncalc.build(model)
    assert {name: list(value.shape) for name, value in module.state_dict().items()} == STATES[model]


SMALL = {
    "swin_t": {"inputs": (3, 64, 64), "settings": {"window": "2", "c": "32", "heads": "1", "n": "2"}},
    "vit_b_16": {"inputs": (3, 64, 64), "settings": {"n": "2", "c": "48", "h": "4"}},
}
"""Smaller inputs, windows and widths, in which every kind of layer is still there."""


@pytest.mark.parametrize("dtype", ["float32", "autocast"])
@pytest.mark.parametrize("model", SMALL)
def test_every_claim_holds(model, dtype):
    found = verify(cnncalc.load(model, **SMALL[model]), dtype=dtype)
    assert found.holds, found.differences


@pytest.mark.parametrize("model", SMALL)
def test_classes_per_block_are_the_same_network(model):
    import torch

    network = cnncalc.load(model, **SMALL[model])
    first, second = cnncalc.build(network, style="flat"), cnncalc.build(network)
    assert differences(first, second, [torch.rand(2, 3, 64, 64)]) == []


def test_a_token_of_swin_sees_its_windows():
    # patches of 4 pixels; windows of 7 patches; the next are shifted by 3: at the centre from patch 24 to 30, each with its window
    rows = {row.node.path: row.receptive_field for row in cnncalc.analyze("swin_t").layers}
    assert [axis.size for axis in rows["features.1.0.add"]] == [28, 28]
    assert [axis.size for axis in rows["features.1.1.add"]] == [56, 56]
