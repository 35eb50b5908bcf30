"""The whole chain on published networks: converted, read, analysed, built, their weights loaded, equal outputs.

``data/chain.csv`` says where each one gets to. A network that gets further must be written down, one that falls back fails.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

import cnncalc
from cnncalc.convert.pytorch import from_torch, samples
from cnncalc.convert.tree import ConvertError

DATA = Path(__file__).parents[1] / "data" / "chain.csv"
ROWS = list(csv.DictReader(DATA.read_text(encoding="utf-8").splitlines()))


def made(source, name):
    if source == "torchvision":
        from torchvision import models

        return models.get_model(name, weights=None).eval()
    import timm

    return timm.create_model(name, pretrained=False).eval()


def outcome(model, size):
    """How far the network gets, and the length of its spec."""
    (x,) = samples([(3, size, size)])
    with torch.no_grad(), FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
        model(x)  # fused, attention is not counted
    with torch.no_grad():
        wanted = model(x)
    try:
        text = from_torch(model, [x])
    except ConvertError:
        return "refused", 0
    network = cnncalc.load(text)
    assert cnncalc.analyze(network, batch=len(x)).totals.macs == counter.get_total_flops() / 2
    built = cnncalc.build(network).eval()
    assert {name for name, _ in built.named_parameters()} <= {name for name, _ in model.named_parameters()}
    built.load_state_dict(model.state_dict(), strict=False)
    with torch.no_grad():
        torch.testing.assert_close(built(x), wanted, rtol=1e-4, atol=1e-5)
    return "equal", text.count("\n")


@pytest.mark.filterwarnings("ignore::Warning")  # of the networks' own code
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
@pytest.mark.usefixtures("operators")
def test_the_chain_ends_where_it_is_written_down(row):
    got, lines = outcome(made(row["source"], row["name"]), int(row["size"]))
    assert got == row["outcome"]
    assert lines <= int(row["lines"])
