"""Built modules: the same weights give what hand-written networks give."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import cnncalc
from cnncalc.analysis import analyse
from cnncalc.catalogue import shipped_specs
from cnncalc.diagnostics import UsageError
from cnncalc.runtime.verify import verify
from cnncalc.runtime.verifying.fields import claims


class Residual(nn.Module):
    def __init__(self, entering: int, leaving: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(entering, leaving, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(leaving)
        self.conv2 = nn.Conv2d(leaving, leaving, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(leaving)
        self.downsample = None
        if stride != 1 or entering != leaving:
            self.downsample = nn.Sequential(
                nn.Conv2d(entering, leaving, 1, stride, bias=False), nn.BatchNorm2d(leaving)
            )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = torch.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        return torch.relu(out + (x if self.downsample is None else self.downsample(x)))


class ResNet18(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        widths = (64, 64, 128, 256, 512)
        for i in range(1, 5):
            stride = 1 if i == 1 else 2
            stage = nn.Sequential(Residual(widths[i - 1], widths[i], stride), Residual(widths[i], widths[i], 1))
            setattr(self, f"layer{i}", stage)
        self.fc = nn.Linear(512, 1000)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.maxpool(torch.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(x.mean((2, 3)))


def test_resnet18_to_the_bit():
    ours, theirs = cnncalc.build("resnet18").eval(), ResNet18().eval()
    theirs.load_state_dict(ours.state_dict())
    x = torch.rand(2, 3, 64, 64)
    with torch.inference_mode():
        assert torch.equal(ours(x), theirs(x))


def test_alexnet_to_the_bit():
    ours = cnncalc.build("alexnet").eval()
    weights = ours.state_dict()
    hand = nn.Sequential(
        nn.Conv2d(3, 96, 11, 4), nn.ReLU(), nn.MaxPool2d(3, 2), nn.LocalResponseNorm(5),
        nn.Conv2d(96, 256, 5, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2), nn.LocalResponseNorm(5),
        nn.Conv2d(256, 384, 3, padding=1), nn.ReLU(), nn.Conv2d(384, 384, 3, padding=1), nn.ReLU(),
        nn.Conv2d(384, 256, 3, padding=1), nn.ReLU(), nn.MaxPool2d(3, 2), nn.Flatten(),
        nn.Linear(9216, 4096), nn.ReLU(), nn.Linear(4096, 4096), nn.ReLU(), nn.Linear(4096, 1000),
    ).eval()  # fmt: skip
    hand.load_state_dict(dict(zip(hand.state_dict(), weights.values(), strict=True)))
    x = torch.rand(1, 3, 227, 227)
    with torch.inference_mode():
        assert torch.equal(ours(x), hand(x))


@pytest.mark.parametrize("init", ["default", "zero", "normal:0.01", "he", "xavier"])
def test_inits(init):
    module = cnncalc.build("3x8x8 | conv 4 3 | bn | flatten | linear 5", init=init, seed=3)
    again = cnncalc.build("3x8x8 | conv 4 3 | bn | flatten | linear 5", init=init, seed=3)
    assert all(
        torch.equal(a, b) for a, b in zip(module.state_dict().values(), again.state_dict().values(), strict=True)
    )
    if init == "zero":
        assert not next(iter(module.parameters())).any()
    if init != "default":
        assert not module.get_submodule("0").bias.any()


@pytest.mark.parametrize("init", ["hee", "normal:x", "normal:-1"])
def test_unknown_init(init):
    with pytest.raises(UsageError, match="init"):
        cnncalc.build("3x8x8 | conv 4 3", init=init)


def test_the_seed_leaves_torchs_generator_alone():
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    cnncalc.build("3x8x8 | conv 4 3", seed=1)
    assert torch.equal(torch.rand(1), expected)


def test_shared_weights_and_two_inputs():
    module = cnncalc.build("siamese")
    names = list(module.state_dict())
    assert len(names) == len(set(names))
    inputs = [torch.rand(2, *(node.shape or ())) for node in cnncalc.load("siamese").graph.inputs]
    assert len(inputs) == 2
    module.eval()(*inputs)


def test_pickle(tmp_path):
    module = cnncalc.build("lenet5").eval()
    torch.save(module, tmp_path / "net.pt")
    again = torch.load(tmp_path / "net.pt", weights_only=False)
    x = torch.rand(1, *(cnncalc.load("lenet5").graph.inputs[0].shape or ()))
    assert torch.equal(module(x), again(x))


SIZES = (32, 48, 64, 96, 128, 188, 224)
"""Images to try, the smallest first; the weights stay as large as they are."""


def smallest(name):
    """A shipped network on the smallest image that it takes, of at most its own size."""
    network = cnncalc.load(name)
    shapes = [node.shape for node in network.graph.inputs]
    for size in SIZES if len(shapes) == 1 and len(shapes[0]) > 2 else ():
        if size > shapes[0][-1]:
            break
        smaller = cnncalc.load(name, inputs=(*shapes[0][:-2], size, size), strict=False)
        if not smaller.problems:
            return smaller
    return network


@pytest.mark.parametrize("name", shipped_specs())
def test_every_claim_holds(name):
    """Sizes, parameters, MACs, saved bytes to the byte, peaks, receptive fields of every shipped spec."""
    found = verify(smallest(name))
    assert found.holds, found.differences


@pytest.mark.parametrize("name", shipped_specs())
def test_every_claim_holds_under_autocast(name, monkeypatch):
    """The same but for receptive fields: they are those of float32, in which they are measured for every type, and held above."""
    network = smallest(name)
    rows = [analyse(network.graph, batch=2, dtype=dtype).rows for dtype in ("float32", "autocast")]
    assert [row.receptive_field for row in rows[0]] == [row.receptive_field for row in rows[1]]
    monkeypatch.setattr(claims, "claims", lambda *_arguments, **_options: ())
    found = verify(network, dtype="autocast")
    assert found.holds, found.differences


@pytest.mark.parametrize(
    "text",
    [
        "3x9 | conv 4 3 d2 | relu | convt 3 4 s2",
        "2x5x7x6 | conv 4 1x3x3 | bn | silu | avgpool 2 ceil",
        "3x7x7 | conv 4 3 s3 | add(conv 4 1, id) | sigmoid",
        "3x10x10 | mul(conv 3 3 p1 | relu, globalavgpool | sigmoid)",
        "8x6x6 | shuffle 4 | conv 8 3 g4 half | gn 2 | relu6",
        "1x12x12 | conv 4 3 s2 p1 | upsample 2 bilinear | pad 1 reflect | softmax",
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16", "autocast"])
def test_small_networks_hold(text, dtype):
    if dtype == "bfloat16" and "avgpool 2 ceil" in text:
        with pytest.raises(UsageError, match=r"PyTorch cannot run network in bfloat16 on a CPU: .*avg_pool3d"):
            verify(cnncalc.load(text), dtype=dtype)
        return
    found = verify(cnncalc.load(text), dtype=dtype)
    assert found.holds, found.differences
