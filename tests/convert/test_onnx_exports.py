"""Published networks by both of PyTorch's exporters: what is read has the parameters and the products of the network."""

from __future__ import annotations

import contextlib
import io

import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

import cnncalc
from cnncalc.convert.recognise import convert

pytest.importorskip("onnx")
pytest.importorskip("onnxscript")

TORCHVISION = (
    "squeezenet1_1", "mobilenet_v2", "mobilenet_v3_small", "shufflenet_v2_x0_5", "mnasnet0_5", "efficientnet_b0", "regnet_y_400mf",
    "resnet18", "googlenet", "densenet121", "convnext_tiny", "swin_t",
)  # fmt: skip
TIMM = (
    "deit_tiny_patch16_224", "mobilevit_xxs", "mixer_s32_224", "poolformer_s12", "seresnet18", "repvgg_a0", "ghostnet_100", "resnest14d",
    "edgenext_xx_small", "hrnet_w18_small", "efficientformer_l1", "twins_svt_small",
)  # fmt: skip
BOTH = ("squeezenet1_1", "shufflenet_v2_x0_5", "deit_tiny_patch16_224", "mobilevit_xxs", "resnet18")
"""The second exporter takes long."""


def made(name):
    if name in TORCHVISION:
        from torchvision import models

        options = {"aux_logits": False, "init_weights": False} if name == "googlenet" else {}
        return models.get_model(name, weights=None, **options).eval()
    import timm

    return timm.create_model(name, pretrained=False).eval()


def exported(model, x, *, dynamo):
    """The bytes, with normalisations as they are."""
    with contextlib.redirect_stdout(io.StringIO()):
        if dynamo:
            program = torch.onnx.export(model, (x,), dynamo=True, verbose=False, optimize=False)
            return program.model_proto.SerializeToString()
        data = io.BytesIO()
        kept = {"training": torch.onnx.TrainingMode.PRESERVE, "do_constant_folding": False, "opset_version": 17}
        torch.onnx.export(model, (x,), data, dynamo=False, **kept)
        return data.getvalue()


@pytest.mark.filterwarnings("ignore::Warning")  # of the exporters and of the networks' own code
@pytest.mark.parametrize(("name", "dynamo"), [*((n, False) for n in (*TORCHVISION, *TIMM)), *((n, True) for n in BOTH)])
@pytest.mark.usefixtures("operators")
def test_exports_have_the_parameters_and_the_products_of_the_network(name, dynamo):
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        model, x = made(name), torch.zeros(1, 3, 224, 224)
        with torch.no_grad(), FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
            model(x)
        with torch.no_grad():
            data = exported(model, x, dynamo=dynamo)
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
    totals = cnncalc.analyze(convert(data, name, "onnx", ())).totals
    assert totals.params == sum(p.numel() for p in model.parameters())
    assert totals.macs == counter.get_total_flops() / 2
