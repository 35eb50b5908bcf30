"""What a PyTorch model does that no spec can say becomes opaque, if that is wanted: its size, parameters, MACs and what is kept."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from cnncalc.api import analyze, load
from cnncalc.convert.pytorch import from_torch, samples
from cnncalc.convert.tree import ConvertError
from cnncalc.layers.opaque import Opaque


class Spectrum(nn.Module):
    """A Fourier transform, in the outermost module."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.head = nn.Linear(8, 4)

    def forward(self, x):
        return self.head(torch.fft.fft2(self.conv(x)).abs().mean((2, 3)))


class Across(nn.Module):
    """Samples of a batch in another order: nothing behind it has them in front, so the module is taken as a whole."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(8, 8, 3, padding=1)

    def forward(self, x):
        y = x.transpose(0, 1).reshape(16, 1, *x.shape[2:]).flip(0)
        return self.conv(y.reshape(8, 2, *x.shape[2:]).transpose(0, 1))


class Net(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 1)
        self.inner = inner

    def forward(self, x):
        return self.inner(self.stem(x))


class Pair(nn.Module):
    """Two values enter a function that nobody knows."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(6, 4), nn.Linear(6, 4)

    def forward(self, x):
        return torch.cdist(self.a(x)[:, None], self.b(x)[:, None]).flatten(1)


class Table(nn.Module):
    """A parameter is read by what cannot be said: it counts with the module."""

    def __init__(self):
        super().__init__()
        self.table = nn.Parameter(torch.rand(8, 1, 1))

    def forward(self, x):
        return torch.heaviside(x, self.table)


def taken(model, size):
    model(samples([size])[0])
    with pytest.raises(ConvertError):
        from_torch(model, samples([size]))
    text = from_torch(model, samples([size]), opaque=True)
    network = load(text)
    return text, network, [node.layer for node in network.graph.nodes if isinstance(node.layer, Opaque)]


def parameters(model):
    return sum(p.numel() for p in model.parameters())


def test_a_function():
    model = Spectrum()
    text, network, (layer,) = taken(model, (3, 8, 8))
    assert text.startswith("# Opaque: fft_fft2(...), test_opaque_torch.py:")
    assert (layer.size, layer.parameters, layer.macs) == ((8, 8, 8), 0, 0)
    assert analyze(network).totals.params == parameters(model)
    assert analyze(network).totals.macs == 8 * 8 * 8 * 27 + 8 * 4  # the convolution and the linear layer


def test_a_module():
    model = Net(Across())
    text, network, (layer,) = taken(model, (3, 6, 6))
    assert "# Opaque: an Across, in which something cannot be said, inner." in text
    assert "  - inner = opaque 8x6x6 parameters=584 " in text  # 8*8*9 weights and 8 biases
    assert layer.macs == 8 * 6 * 6 * 72
    assert layer.kept == 8 * 6 * 6  # what enters the convolution, in another order than what enters the module
    assert analyze(network).totals.params == parameters(model)


def test_a_module_that_is_shared_has_its_parameters_once():
    inner = Across()
    model = Net(nn.Sequential(inner, nn.ReLU(), inner))
    _, network, layers = taken(model, (3, 6, 6))
    assert len(layers) == 2
    assert analyze(network).totals.params == parameters(model) == 3 * 8 + 8 + 584


def test_two_values():
    model = Pair()
    text, network, (layer,) = taken(model, (6,))
    assert layer.size == (1, 1)
    assert "concat" in text
    assert analyze(network).totals.params == parameters(model) == 2 * (6 * 4 + 4)


def test_a_parameter_that_it_reads():
    model = Net(Table())
    _, network, (layer,) = taken(model, (3, 5, 5))
    assert layer.parameters == 8
    assert analyze(network).totals.params == parameters(model)


def test_what_cannot_be_taken_is_refused():
    class Whole(nn.Module):
        def forward(self, x):
            return x.flip(0)

    with pytest.raises(ConvertError, match="flip along the batch"):
        from_torch(Whole().requires_grad_(requires_grad=False), [torch.rand(2)], opaque=True)


def test_a_model_that_needs_nothing_is_the_same_with_it():
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())
    inputs = samples([(3, 6, 6)])
    assert from_torch(model, inputs) == from_torch(model, inputs, opaque=True)


def test_numbers_that_are_made_on_the_way():
    class Waves(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 1)

        def forward(self, x):
            return self.conv(x) + torch.sin(torch.arange(100.0)).view(1, 1, 10, 10)

    text, network, layers = taken(Waves(), (3, 10, 10))
    assert layers == []
    assert "# Opaque: a tensor whose numbers are made on the way, here zeros, test_opaque_torch.py:" in text
    assert "buffer 1x10x10 " in text
    assert analyze(network).totals.params == 16


def test_causes_stand_once_and_without_what_follows_from_them():
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(4, 4, 1)

        def forward(self, x):
            return torch.fft.fft2(self.conv(x)).abs().flip(0).roll(3)

    with pytest.raises(ConvertError) as error:
        from_torch(nn.Sequential(nn.Conv2d(3, 4, 1), Block(), Block(), Block()), samples([(3, 6, 6)]))
    (cause,) = error.value.found
    assert cause.what == "fft_fft2(...)"
    assert cause.place.endswith(" in '1' and 2 more")


def test_an_assignment_to_a_part_is_seen():
    class Assigning(nn.Module):
        def __init__(self):
            super().__init__()
            self.shift = nn.Parameter(torch.rand(8, 1, 1))

        def forward(self, x):
            y = x.relu()
            y[:, :, 1:] = y[:, :, 1:] + self.shift
            return y

    with pytest.raises(ConvertError, match="assignment to a part of a tensor"):
        from_torch(Net(Assigning()), samples([(3, 5, 5)]))
    _, network, (layer,) = taken(Net(Assigning()), (3, 5, 5))
    assert layer.parameters == 8
    assert analyze(network).totals.params == 3 * 8 + 8 + 8
