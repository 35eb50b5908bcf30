"""Shipped networks against their reference implementations: parameters, MACs, the state_dict, equal outputs with its weights.

The MACs are those that torch counts while the reference runs; fused attention is not counted by torch and runs as its parts.
"""

from __future__ import annotations

import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

import cnncalc


def scrambled(model):
    """No weight of the reference stays 0 or 1, so that none can be left out unseen."""
    with torch.no_grad():
        for value in model.parameters():
            if value.ndim == 1 or not value.any():
                value.normal_(0.5, 0.1)
        for name, value in model.named_buffers():
            if name.endswith("running_mean"):
                value.normal_()
            if name.endswith("running_var"):
                value.uniform_(0.5, 1.5)
    return model.eval()


def same_as(name, model, forward, size, **options):
    """Whether the shipped network is the model, of which ``forward`` gives the list of results."""
    network = cnncalc.load(name, inputs=(3, size, size), **options)
    module = cnncalc.build(network).eval()
    scrambled(model)
    ours, theirs = module.state_dict(), model.state_dict()
    assert {key: value.shape for key, value in ours.items()} == {key: value.shape for key, value in theirs.items()}
    module.load_state_dict(theirs)
    x = torch.rand(1, 3, size, size)
    with torch.no_grad(), FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
        wanted = forward(x)
    totals = cnncalc.analyze(network).totals
    assert totals.params == sum(value.numel() for value in model.parameters())
    assert totals.macs == counter.get_total_flops() / 2
    with torch.no_grad():
        got = module(x)
    torch.testing.assert_close(list(got) if isinstance(got, tuple) else [got], wanted, rtol=1e-4, atol=1e-5)


TIMM = [
    ("convnextv2_atto", "convnextv2_atto", 64),
    ("convnextv2_nano", "convnextv2_nano", 64),
    ("convnextv2_tiny", "convnextv2_tiny", 64),
    ("resnest50", "resnest50d", 64),
    ("resnest14d", "resnest14d", 64),
    ("mobilevit_s", "mobilevit_s", 128),
    ("coatnet_0", "coatnet_0_rw_224", 224),
]


@pytest.mark.filterwarnings("ignore::Warning")  # of the networks' own code
@pytest.mark.parametrize(("name", "theirs", "size"), TIMM, ids=str)
@pytest.mark.usefixtures("operators")
def test_timm(name, theirs, size):
    import timm

    model = timm.create_model(theirs, pretrained=False)
    same_as(name, model, lambda x: [model(x)], size)


VARIANTS = {
    "convnextv2_femto": 5_233_240, "convnextv2_pico": 9_066_280, "convnextv2_base": 88_717_800,
    "resnest26d": 17_069_448, "resnest101e": 48_275_016, "resnest200e": 70_201_544,
}  # fmt: skip
"""Parameters as timm's results tables print them, in full from its modules."""


@pytest.mark.filterwarnings("ignore::Warning")
@pytest.mark.parametrize("name", VARIANTS)
@pytest.mark.usefixtures("operators")
def test_variants_of_timm(name):
    import timm

    with torch.device("meta"):
        model = timm.create_model(name, pretrained=False)
    assert sum(value.numel() for value in model.parameters()) == VARIANTS[name]
    assert cnncalc.analyze(name).totals.params == VARIANTS[name]
