"""Shipped networks against their reference implementations: parameters, MACs, the state_dict, equal outputs with its weights.

The MACs are those that torch counts while the reference runs; fused attention and fused
recurrent layers are not counted by torch and run as their parts.
"""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

import cnncalc

pytestmark = pytest.mark.filterwarnings(
    "ignore:TF32"
)  # of the switch by which torch runs recurrent layers as their parts


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
    size = (3, size, size) if isinstance(size, int) else size
    network = cnncalc.load(name, inputs=size, **options)
    module = cnncalc.build(network).eval()
    scrambled(model)
    ours, theirs = module.state_dict(), model.state_dict()
    assert {key: value.shape for key, value in ours.items()} == {key: value.shape for key, value in theirs.items()}
    module.load_state_dict(theirs)
    x = torch.rand(1, *size)
    parts = sdpa_kernel(SDPBackend.MATH), torch.backends.mkldnn.flags(enabled=False)
    with torch.no_grad(), FlopCounterMode(display=False) as counter, parts[0], parts[1]:
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


@pytest.mark.filterwarnings("ignore::Warning")
@pytest.mark.usefixtures("operators")
def test_retinanet():
    from torchvision.models.detection import retinanet_resnet50_fpn

    model = retinanet_resnet50_fpn(weights=None, weights_backbone=None)
    frozen = [value for part in model.modules() if isinstance(part, nn.BatchNorm2d) for value in part.parameters()]
    # torchvision's table of weights: 34,014,999 parameters, 151.54 GMACs; a trained model has its normalisations frozen.
    totals = cnncalc.analyze("retinanet").totals
    assert totals.params == 34_014_999 + sum(value.numel() for value in frozen)
    assert round(totals.macs / 1e9, 2) == 151.54
    labels, boxes = model.head.classification_head, model.head.regression_head

    def maps(x):
        """What the heads say before torchvision makes lists of it."""
        levels = list(model.backbone(x).values())
        first = [labels.cls_logits(labels.conv(level)) for level in levels]
        return first + [boxes.bbox_reg(boxes.conv(level)) for level in levels]

    same_as("retinanet", model, maps, 128)


# ------------------------------------------------------------------------------------------ Attention U-Net


def normed(inside, out, kernel, end):
    return [nn.Conv2d(inside, out, kernel, padding=kernel // 2), nn.BatchNorm2d(out), end]


class Double(nn.Module):
    """Two convolutions of 3x3."""

    def __init__(self, inside, out):
        super().__init__()
        self.conv = nn.Sequential(*normed(inside, out, 3, nn.ReLU()), *normed(out, out, 3, nn.ReLU()))

    def forward(self, x):
        return self.conv(x)


class Up(nn.Module):
    """Twice the size, half the channels."""

    def __init__(self, inside, out):
        super().__init__()
        self.up = nn.Sequential(nn.Upsample(scale_factor=2), *normed(inside, out, 3, nn.ReLU()))

    def forward(self, x):
        return self.up(x)


class Gate(nn.Module):
    """Equations 1 and 2 of Oktay et al.: q = psi' relu(W_x x + W_g g + b_g) + b_psi; x sigmoid(q)."""

    def __init__(self, channels, out):
        super().__init__()
        self.W_g = nn.Sequential(*normed(channels, out, 1, nn.Identity()))
        self.W_x = nn.Sequential(*normed(channels, out, 1, nn.Identity()))
        self.psi = nn.Sequential(*normed(out, 1, 1, nn.Sigmoid()))

    def forward(self, g, x):
        return x * self.psi(torch.relu(self.W_g(g) + self.W_x(x)))


class AttentionUNet(nn.Module):
    """The network of figure 1 in two dimensions, five levels."""

    def __init__(self, c=64):
        super().__init__()
        sizes = [c, 2 * c, 4 * c, 8 * c, 16 * c]
        for i, (inside, out) in enumerate(zip([3, *sizes], sizes, strict=False), 1):
            self.add_module(f"Conv{i}", Double(inside, out))
        for i in (5, 4, 3, 2):
            half = sizes[i - 2]
            self.add_module(f"Up{i}", Up(2 * half, half))
            self.add_module(f"Att{i}", Gate(half, half // 2))
            self.add_module(f"Up_conv{i}", Double(2 * half, half))
        self.Conv_1x1 = nn.Conv2d(c, 1, 1)

    def forward(self, x):
        parts = dict(self.named_children())
        skips = []
        for i in (1, 2, 3, 4):
            x = parts[f"Conv{i}"](x)
            skips.append(x)
            x = nn.functional.max_pool2d(x, 2)
        x = self.Conv5(x)
        for i in (5, 4, 3, 2):
            x = parts[f"Up{i}"](x)
            x = parts[f"Up_conv{i}"](torch.cat([parts[f"Att{i}"](x, skips.pop()), x], 1))
        return self.Conv_1x1(x)


def test_attention_unet():
    model = AttentionUNet(16)
    same_as("attention_unet", model, lambda x: [model(x)], 64, settings={"c": "16"})
    assert (
        sum(value.numel() for value in AttentionUNet().parameters()) == cnncalc.analyze("attention_unet").totals.params
    )


# ------------------------------------------------------------------------------------------ sequences in maps


class BiLSTM(nn.Module):
    """Both directions of a sequence, and a linear layer at every step."""

    def __init__(self, inside, units, out):
        super().__init__()
        self.rnn = nn.LSTM(inside, units, bidirectional=True, batch_first=True)
        self.embedding = nn.Linear(2 * units, out)

    def forward(self, x):
        return self.embedding(self.rnn(x)[0])


class CRNN(nn.Module):
    """Table 1 of Shi et al. from the bottom; 37 labels: digits, letters, and none."""

    def __init__(self):
        super().__init__()
        self.cnn = nn.Sequential()
        sizes, normed, pooled = (64, 128, 256, 256, 512, 512, 512), (2, 4, 6), {0: 2, 1: 2, 3: (2, 1), 5: (2, 1)}
        for place, (inside, out) in enumerate(zip((1, *sizes), sizes, strict=False)):
            kernel = 2 if place == 6 else 3
            self.cnn.add_module(f"conv{place}", nn.Conv2d(inside, out, kernel, padding=kernel // 3))
            if place in normed:
                self.cnn.add_module(f"batchnorm{place}", nn.BatchNorm2d(out))
            self.cnn.add_module(f"relu{place}", nn.ReLU())
            if place in pooled:
                stride = pooled[place]
                padding = 0 if stride == 2 else (0, 1)
                self.cnn.add_module(f"pooling{place}", nn.MaxPool2d(2, stride, padding))
        self.rnn = nn.Sequential(BiLSTM(512, 256, 256), BiLSTM(256, 256, 37))

    def forward(self, x):
        return self.rnn(self.cnn(x)[:, :, 0].transpose(1, 2))


class Sweeps(nn.Module):
    """A bidirectional LSTM along every row, then along every column."""

    def __init__(self, units, classes):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 5, padding=2)
        self.rows = nn.Module()
        self.rows.lstm = nn.LSTM(16, units, bidirectional=True, batch_first=True)
        self.columns = nn.Module()
        self.columns.lstm = nn.LSTM(2 * units, units, bidirectional=True, batch_first=True)
        self.labels = nn.Conv2d(2 * units, classes, 1)

    def forward(self, x):
        x = torch.tanh(self.conv(x)).permute(0, 2, 3, 1)
        x = torch.stack([self.rows.lstm(row)[0] for row in x.unbind(1)], 1)
        x = torch.stack([self.columns.lstm(column)[0] for column in x.unbind(2)], 2)
        return self.labels(x.permute(0, 3, 1, 2))


@pytest.mark.parametrize("size", [(1, 32, 100), (1, 32, 164)])
def test_crnn(size):
    model = CRNN()
    same_as("crnn", model, lambda x: [model(x)], size)
    assert round(cnncalc.analyze("crnn").totals.params / 1e6, 1) == 8.3  # section 3.4 of the paper


@pytest.mark.parametrize("size", [(3, 64, 64), (3, 9, 14)])
def test_recurrent_labelling_by_sweeps(size):
    model = Sweeps(16, 8)
    same_as("recurrent_labelling_lstm", model, lambda x: [model(x)], size)
