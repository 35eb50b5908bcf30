"""Weights that are computed, fixed filters, and functions that pick or move numbers: converted, built, equal outputs."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import cnncalc
from cnncalc.convert.pytorch import from_torch, samples
from cnncalc.convert.tree import ConvertError
from cnncalc.runtime.verify import verify


class Blur(nn.Module):
    def __init__(self, channels, *, persistent=False):
        super().__init__()
        self.channels = channels
        row = torch.tensor([1.0, 2.0, 1.0])
        kernel = row.outer(row)[None, None].repeat(channels, 1, 1, 1) / 16
        self.register_buffer("filt", kernel, persistent=persistent)

    def forward(self, x):
        return F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), self.filt, stride=2, groups=self.channels)


class Standardised(nn.Conv2d):
    def forward(self, x):
        flat = self.weight.reshape(1, self.out_channels, -1)
        weight = F.batch_norm(flat, None, None, training=True, momentum=0.0, eps=1e-6).reshape_as(self.weight)
        return F.conv2d(x, weight, self.bias, self.stride, self.padding, self.dilation, self.groups)


class Scaled(nn.Conv2d):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.gain = nn.Parameter(torch.full((self.out_channels, 1, 1, 1), 0.7))

    def forward(self, x):
        flat = self.weight.reshape(1, self.out_channels, -1)
        gain = (self.gain * 0.3).view(-1)
        weight = F.batch_norm(flat, None, None, weight=gain, training=True, momentum=0.0).reshape_as(self.weight)
        return F.conv2d(x, weight, self.bias, self.stride, self.padding)


class Call(nn.Module):
    def __init__(self, what):
        super().__init__()
        self.what = what
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.bias = nn.Parameter(torch.rand(2, 36, 36))

    def forward(self, x):
        return self.what(self, self.conv(x))


def heads(x):
    return x.flatten(2).transpose(1, 2).unflatten(2, (2, 2)).transpose(1, 2)


CALLS = {
    "einsum": lambda m, x: torch.einsum("nchw,ndhw->ncd", x, x),
    "einsum with a list": lambda m, x: torch.einsum("bchw, cd -> bdhw", [x, m.conv.weight[:, 0, :, 0]]),
    "flip": lambda m, x: x.flip(-1),
    "flip of two": lambda m, x: torch.flip(x, (1, 3)),
    "roll": lambda m, x: torch.roll(x, (1, -2), (2, 3)),
    "roll of one": lambda m, x: x.roll(1, 1),
    "cumsum": lambda m, x: x.cumsum(dim=2),
    "topk": lambda m, x: x.topk(2, dim=1)[0],
    "repeat": lambda m, x: x.repeat(1, 2, 1, 3),
    "tile": lambda m, x: torch.tile(x, (1, 1, 2, 1)),
    "index_select": lambda m, x: torch.index_select(x, 1, torch.tensor([3, 0, 0])),
    "unfold": lambda m, x: F.unfold(x, 3, padding=1, stride=2),
    "fold": lambda m, x: F.fold(F.unfold(x, (2, 3)), (6, 6), (2, 3)),
    "matmul that stretches": lambda m, x: x @ x.mean(1, keepdim=True).transpose(2, 3),
    "attention with a bias": lambda m, x: F.scaled_dot_product_attention(heads(x), heads(x), heads(x), m.bias[None]),
}


def equal(model: nn.Module) -> str:
    model.eval()
    inputs = samples([(3, 6, 6)])
    text = from_torch(model, inputs)
    network = cnncalc.load(text)
    built = cnncalc.build(network)
    missing = built.load_state_dict(model.state_dict(), strict=False)
    assert not missing.unexpected_keys or all("conv" not in key for key in missing.unexpected_keys)
    with torch.no_grad():
        torch.testing.assert_close(built.eval()(inputs[0]), model(inputs[0]))
    assert verify(network).holds
    return text


@pytest.mark.parametrize("name", CALLS)
def test_functions(name):
    if name == "einsum with a list":
        with pytest.raises(ConvertError):
            from_torch(Call(CALLS[name]), samples([(3, 6, 6)]))
        return
    equal(Call(CALLS[name]))


@pytest.mark.parametrize(
    ("model", "wanted"),
    [
        (Blur(3), "buffer 3x1x3x3 values=(0.0625,0.125,0.0625,0.125,0.25,0.125,0.0625,0.125,0.0625) transient"),
        (nn.Sequential(nn.Conv2d(3, 4, 1), Blur(4, persistent=True)), "conv 4 3 s2 g4 weight=filt"),
        (Standardised(3, 4, 3), "bn noaffine track_running_stats=false eps=0.000001"),
        (nn.Sequential(Standardised(3, 4, 3, bias=False), nn.ReLU(), Standardised(4, 4, 1, groups=2)), "weight="),
        (nn.Sequential(Scaled(3, 4, 3, padding=1), nn.ReLU()), "scale 0.3"),
    ],
)
def test_weights(model, wanted):
    assert wanted in equal(model)


class Noise(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("noise", torch.rand(100, 3, 1, 1), persistent=False)

    def forward(self, x):
        return F.conv2d(x, self.noise)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (Noise(), "conv with weights that are computed, or are none of the model's"),
        (Call(lambda m, x: torch.einsum("...hw,...hv->...wv", x, x)), "einsum('...hw,...hv->...wv', ...)"),
        (Call(lambda m, x: torch.einsum("nchw,nchw->chw", x, x)), "whose first axis is not the batch"),
        (Call(lambda m, x: x.cumsum(0)), "cumsum along the batch"),
        (Call(lambda m, x: x.roll(3)), "roll of all numbers in a row"),
        (Call(lambda m, x: x.topk(1, 1, largest=False)[0]), "topk of the smallest"),
        (Call(lambda m, x: x.repeat(2, 1, 1, 1)), "repeat along the batch, or along new axes"),
        (Call(lambda m, x: F.scaled_dot_product_attention(x, x, x, scale=3.0)), "attention scaled by 3.0"),
        (Call(lambda m, x: F.scaled_dot_product_attention(x, x, x, is_causal=True)), "or with a causal mask"),
        (Call(lambda m, x: F.scaled_dot_product_attention(x, x, x, torch.ones(6, 6) > 0)), "a mask of truth values"),
    ],
)
def test_what_cannot_be_said(model, message):
    with pytest.raises(ConvertError) as error:
        from_torch(model, samples([(3, 6, 6)]))
    assert message in str(error.value)
