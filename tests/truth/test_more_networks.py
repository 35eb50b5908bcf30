"""Networks beyond maps, against what was published of them and arithmetic."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

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


def test_nfnet_f0():
    """Brock et al. (2021), table 5: 71.5 M parameters, 12.38 G at 256x256, within the rounding up of its odd sizes."""
    network = SPECS / "nfnet_f0.yaml"
    assert round(cnncalc.analyze(network).totals.params / 1e6, 1) == 71.5
    at_256 = cnncalc.analyze(network, inputs={"input": (3, 256, 256)}).totals.macs
    assert abs(at_256 / 12.38e9 - 1) < 0.01


@pytest.mark.usefixtures("operators")
def test_nfnet_f0_is_timms():
    timm = pytest.importorskip("timm")
    theirs = timm.create_model("dm_nfnet_f0", pretrained=False).eval()
    network = cnncalc.load(SPECS / "nfnet_f0.yaml")
    ours = cnncalc.build(network)
    ours.load_state_dict(theirs.state_dict())
    images = torch.rand(1, 3, 192, 192)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        wanted = theirs(images)
    assert counter.get_total_flops() == 2 * cnncalc.analyze(network).totals.macs
    with torch.no_grad():
        torch.testing.assert_close(ours.eval()(images), wanted, rtol=1e-4, atol=1e-6)


@pytest.mark.usefixtures("operators")
def test_swin_v2_t_is_torchvisions():
    """28,351,570 parameters and 5.94 GMACs, as torchvision publishes them; equal outputs, with biases that are not zero."""
    models = pytest.importorskip("torchvision.models")
    theirs = models.get_model("swin_v2_t", weights=None).eval()
    with torch.no_grad():
        for name, parameter in theirs.named_parameters():
            if name.endswith("qkv.bias"):
                parameter.uniform_(-1, 1)
    network = cnncalc.load(SPECS / "swin_v2_t.yaml")
    totals = cnncalc.analyze(network).totals
    assert totals.params == 28_351_570
    assert round(totals.macs / 1e9, 2) == 5.94
    ours = cnncalc.build(network)
    ours.load_state_dict(theirs.state_dict())
    images = torch.rand(1, 3, 256, 256)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        wanted = theirs(images)
    assert counter.get_total_flops() == 2 * totals.macs
    with torch.no_grad():
        torch.testing.assert_close(ours.eval()(images), wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.usefixtures("operators")
def test_maxvit_t_is_torchvisions():
    """30,919,624 parameters and 5.56 GMACs, as torchvision publishes them; equal outputs."""
    models = pytest.importorskip("torchvision.models")
    theirs = models.get_model("maxvit_t", weights=None).eval()
    network = cnncalc.load(SPECS / "maxvit_t.yaml")
    totals = cnncalc.analyze(network).totals
    assert totals.params == 30_919_624
    assert round(totals.macs / 1e9, 2) == 5.56
    ours = cnncalc.build(network)
    found = ours.load_state_dict(theirs.state_dict(), strict=False)
    assert not found.missing_keys
    assert all(
        name.endswith("relative_position_index") for name in found.unexpected_keys
    )  # there a square, here a list
    images = torch.rand(1, 3, 224, 224)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        wanted = theirs(images)
    assert counter.get_total_flops() == 2 * totals.macs
    with torch.no_grad():
        torch.testing.assert_close(ours.eval()(images), wanted, rtol=1e-4, atol=1e-5)
