"""Structure that is found: what is converted is as long as what one writes, and the same network."""

from __future__ import annotations

import torch
from torch import nn

import cnncalc
from cnncalc.convert.structure.templates import counted, progression
from cnncalc.convert.torch_module import from_torch, samples
from cnncalc.runtime.same import differences


class DenseLayer(nn.Module):
    def __init__(self, entering, growth):
        super().__init__()
        self.norm1 = nn.BatchNorm2d(entering)
        self.conv1 = nn.Conv2d(entering, 4 * growth, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(4 * growth)
        self.conv2 = nn.Conv2d(4 * growth, growth, 3, padding=1, bias=False)

    def forward(self, values):
        x = self.conv1(torch.relu(self.norm1(torch.cat(values, 1))))
        return self.conv2(torch.relu(self.norm2(x)))


class DenseBlock(nn.ModuleDict):
    def __init__(self, entering, growth, count):
        super().__init__()
        for i in range(count):
            self.add_module(f"denselayer{i + 1}", DenseLayer(entering + i * growth, growth))

    def forward(self, x):
        values = [x]
        for layer in self.values():
            values.append(layer(values))
        return torch.cat(values, 1)


class DenseNet(nn.Module):
    def __init__(self, growths=(4, 4)):
        super().__init__()
        self.first = nn.Conv2d(3, 8, 3, padding=1)
        self.block1 = DenseBlock(8, growths[0], 5)
        self.narrow = nn.Conv2d(8 + 5 * growths[0], 8, 1)
        self.block2 = DenseBlock(8, growths[1], 7)

    def forward(self, x):
        return self.block2(self.narrow(self.block1(self.first(x))))


def converted(model, shape):
    torch.manual_seed(0)
    inputs = samples([shape])
    text = from_torch(model, inputs)
    assert differences(model, cnncalc.build(cnncalc.load(text)), inputs) == []
    return text


def test_values_that_are_gathered_are_a_repeat():
    text = converted(DenseNet(), (3, 8, 8))
    assert text.count("conv2 = ") == 1
    assert "repeat(n as i, concat):" in text
    assert "denselayer{i+1} = dense_layer" in text
    assert "block1 = dense_block 5" in text
    assert "block2 = dense_block 7" in text


def test_the_concats_are_those_of_the_model():
    network = cnncalc.load(converted(DenseNet(), (3, 8, 8)))
    found = [len(node.inputs) for node in network.graph.nodes if node.op == "concat"]
    # torch.cat of 1, 2, ..., n values before the layers, of n + 1 behind them
    assert found == [*range(1, 7), *range(1, 9)]


def test_growths_that_differ_are_numbers_of_the_blocks():
    text = converted(DenseNet((4, 6)), (3, 8, 8))
    assert "block1 = dense_block 5 " in text
    assert text.count("conv2 = ") == 1


def test_what_is_read_elsewhere_is_no_turn():
    class Read(DenseBlock):
        def forward(self, x):
            values = [x]
            for layer in self.values():
                values.append(layer(values))
            return torch.cat(values, 1), values[2]

    text = converted(nn.Sequential(nn.Conv2d(3, 8, 1), Read(8, 4, 4)), (3, 8, 8))
    assert "concat)" not in text


def test_turns_that_differ_stay():
    class Odd(DenseBlock):
        def __init__(self, entering, growth, count):
            super().__init__(entering, growth, count)
            self.denselayer3.conv2 = nn.Conv2d(4 * growth, growth, 5, padding=2, bias=False)

    text = converted(nn.Sequential(nn.Conv2d(3, 8, 1), Odd(8, 4, 4)), (3, 8, 8))
    assert "concat)" not in text


def test_progressions():
    assert progression([3, 4, 5]) == "i+3"
    assert progression([0, 2, 4]) == "2*i"
    assert progression([7, 7]) == "7"
    assert progression([1, 2, 4]) is None
    assert progression([3, 2, 1]) is None


def test_names_that_count():
    assert counted(["layer1", "layer2", "layer3"]) == "layer{i+1}"
    assert counted(["a2_b1", "a2_b2"]) == "a2_b{i+1}"
    assert counted([None, None]) is None
    assert counted(["a1", None]) == ""
    assert counted(["a1", "b2"]) == ""
    assert counted(["a01", "a02"]) == ""  # the zero would be lost
    assert counted(["1", "2"]) == ""  # a name begins with a letter
