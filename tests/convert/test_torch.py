"""Import of PyTorch modules: what models do in their forward, and what comes back."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import cnncalc
from cnncalc.convert.pytorch import from_torch, samples
from cnncalc.convert.tree import ConvertError
from cnncalc.runtime.same import differences


class Residual(nn.Module):
    """A functional residual, the relu used twice."""

    def __init__(self, entering, leaving, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(entering, leaving, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(leaving)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(leaving, leaving, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(leaving)
        self.downsample = None
        if stride > 1 or entering != leaving:
            self.downsample = nn.Sequential(
                nn.Conv2d(entering, leaving, 1, stride, bias=False), nn.BatchNorm2d(leaving)
            )

    def forward(self, x):
        identity = x
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if self.downsample is not None:
            identity = self.downsample(x)
        out += identity
        return self.relu(out)


class ResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.layer1 = nn.Sequential(Residual(8, 8), Residual(8, 8), Residual(8, 8))
        self.layer2 = nn.Sequential(Residual(8, 16, 2), Residual(16, 16), Residual(16, 16))
        self.fc = nn.Linear(16, 10)

    def forward(self, x):
        x = self.layer2(self.layer1(F.relu(self.stem(x))))
        return self.fc(torch.flatten(F.adaptive_avg_pool2d(x, 1), 1))


class Dense(nn.Module):
    """Dense concatenation in a loop over a ModuleList."""

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Conv2d(4 + 3 * i, 3, 3, padding=1) for i in range(3)])

    def forward(self, x):
        for layer in self.layers:
            x = torch.cat([x, F.leaky_relu(layer(x), 0.2)], dim=1)
        return x.mean((2, 3))


class Excitation(nn.Module):
    """Squeeze and excitation with views."""

    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(8, 2)
        self.fc2 = nn.Linear(2, 8)
        self.conv = nn.Conv2d(8, 8, 1)

    def forward(self, x):
        b, c, _, _ = x.size()
        gate = F.adaptive_avg_pool2d(x, 1).view(b, c)
        gate = torch.sigmoid(self.fc2(F.relu(self.fc1(gate)))).view(b, c, 1, 1)
        return self.conv(x * gate) * 0.5 + 1


class Shuffle(nn.Module):
    """Channel split and shuffle by view and transpose."""

    def __init__(self):
        super().__init__()
        self.branch = nn.Sequential(nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4), nn.ReLU())

    def forward(self, x):
        a, b = x.chunk(2, dim=1)
        x = torch.cat((a, self.branch(b)), 1)
        n, c, h, w = x.shape
        return x.view(n, 2, c // 2, h, w).transpose(1, 2).contiguous().view(n, c, h, w)


class Shared(nn.Module):
    """One convolution applied three times."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 4, 1)
        self.again = nn.Conv2d(4, 4, 3, padding=1)

    def forward(self, x):
        x = self.first(x)
        for _ in range(3):
            x = torch.tanh(self.again(x))
        return x


class TwoInputs(nn.Module):
    def __init__(self):
        super().__init__()
        self.tower = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 3))
        self.head = nn.Linear(4, 1)

    def forward(self, left, right):
        return self.head((self.tower(left) - self.tower(right)).mean(dim=(2, 3)))


class Pyramid(nn.Module):
    """An encoder that returns several maps, a decoder that takes them."""

    class Encoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1 = nn.Conv2d(3, 4, 3, padding=1)
            self.conv2 = nn.Conv2d(4, 8, 3, stride=2, padding=1)

        def forward(self, x):
            a = F.relu(self.conv1(x))
            return [a, F.relu(self.conv2(a))]

    def __init__(self):
        super().__init__()
        self.encoder = Pyramid.Encoder()
        self.up = nn.ConvTranspose2d(8, 4, 2, 2)
        self.out = nn.Conv2d(8, 2, 1)

    def forward(self, x):
        a, b = self.encoder(x)
        return self.out(torch.cat([a, self.up(b)], 1)), F.interpolate(
            b, scale_factor=2, mode="bilinear", align_corners=False
        )


class Norm(nn.LayerNorm):
    """A normalisation of channels by a subclass with functional parameters."""

    def forward(self, x):
        x = x.permute(0, 2, 3, 1)
        return F.layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps).permute(0, 3, 1, 2)


class Next(nn.Module):
    def __init__(self):
        super().__init__()
        self.dw = nn.Conv2d(6, 6, 7, padding=3, groups=6)
        self.norm = Norm(6, eps=1e-6)
        self.pw = nn.Linear(6, 12)
        self.back = nn.Linear(12, 6)

    def forward(self, x):
        y = self.norm(self.dw(x)).permute(0, 2, 3, 1)
        return x + self.back(F.gelu(self.pw(y))).permute(0, 3, 1, 2)


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.patch = nn.Conv2d(3, 8, 4, 4)
        self.norm = nn.LayerNorm(8)
        self.mha = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        y = self.norm(x)
        return x + self.mha(y, y, y, need_weights=False)[0]


class Unet(nn.Module):
    """Named parts outside of order, pooling with indices."""

    def __init__(self):
        super().__init__()
        self.pool = nn.MaxPool2d(2, return_indices=True)
        self.unpool = nn.MaxUnpool2d(2)
        self.down = nn.Conv2d(2, 4, 3, padding=1)
        self.up = nn.Conv2d(4, 2, 3, padding=1)

    def forward(self, x):
        x, indices = self.pool(F.relu(self.down(x)))
        return self.up(F.max_unpool2d(x, indices, 2))


MODELS = [
    (ResNet, [(3, 16, 16)]), (Dense, [(4, 8, 8)]), (Excitation, [(8, 6, 6)]), (Shuffle, [(8, 4, 4)]), (Shared, [(3, 8, 8)]),
    (TwoInputs, [(1, 9, 9), (1, 9, 9)]), (Pyramid, [(3, 8, 8)]), (Next, [(6, 8, 8)]), (Attention, [(3, 16, 16)]), (Unet, [(2, 8, 8)]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "shapes"), MODELS, ids=lambda value: getattr(value, "__name__", ""))
def test_the_spec_is_the_same_network(kind, shapes):
    torch.manual_seed(0)
    model = kind()
    inputs = samples(shapes)
    text = from_torch(model, inputs)
    assert differences(model, cnncalc.build(cnncalc.load(text)), inputs) == []


def test_equal_modules_become_one_block():
    text = from_torch(ResNet(), samples([(3, 16, 16)]))
    lines = text.splitlines()
    assert text.count("conv1 = ") == 2  # with and without downsampling
    assert any("repeat(3, " in line for line in lines)
    assert any("downsample = " in line and " | " in line for line in lines)
    assert any(line.strip() == "- add:" for line in lines)


def test_the_model_is_left_as_it_was():
    model = ResNet().train()
    from_torch(model, samples([(3, 16, 16)]))
    assert all(part.training for part in model.modules())
    assert not any(vars(part)["_forward_hooks"] or vars(part)["_forward_pre_hooks"] for part in model.modules())


def test_what_cannot_be_said_is_named_with_its_place():
    class Odd(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.LSTM(4, 4, batch_first=True)
            self.conv = nn.Conv2d(3, 4, 1)

        def forward(self, x):
            x = self.conv(x)
            x = torch.fft.fft(x).real
            return torch.sort(x, 2).values

    with pytest.raises(ConvertError) as error:
        from_torch(Odd(), samples([(3, 4, 4)]))
    places = {(item.what.split("(")[0], item.place.split(":")[0]) for item in error.value.found}
    assert ("fft_fft", "test_torch.py") in places
    assert ("sort", "test_torch.py") in places


def test_weights_that_are_computed_as_nobody_can_say_are_refused():
    class Standardised(nn.Conv2d):
        def forward(self, x):
            return F.conv2d(x, self.weight - self.weight.mean(), self.bias)

    with pytest.raises(ConvertError, match="a mean over"):
        from_torch(nn.Sequential(Standardised(3, 4, 1)), samples([(3, 4, 4)]))


@pytest.mark.parametrize(
    "name",
    ["alexnet", "googlenet", "mobilenet_v2", "resnet50", "squeezenet1_1", "segnet", "unet", "wavenet", "siamese", "maxout", "tiled",
     "locally_connected", "recurrent_labelling", "yolov5s", "m5", "transducer"],
)  # fmt: skip
def test_shipped_specs_come_back(name):
    """From the spec to the module and back: the same analysis."""
    network = cnncalc.load(name)
    again = cnncalc.load(
        from_torch(cnncalc.build(network), samples([node.shape or () for node in network.graph.inputs]))
    )
    a, b = cnncalc.analyze(network), cnncalc.analyze(again)
    for figure in ("params", "buffers", "macs", "flops", "saved_bytes"):
        assert getattr(a.totals, figure) == getattr(b.totals, figure), figure


def test_a_converted_resnet50_is_at_most_twice_as_long():
    network = cnncalc.load("resnet50")
    text = from_torch(cnncalc.build(network), samples([(3, 224, 224)]))
    assert len(text.splitlines()) <= 2 * len(network.spec.source.text.splitlines())
