"""Structure that is found: what is converted is as long as what one writes, and the same network."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

import cnncalc
from cnncalc.convert.pytorch import from_torch, samples
from cnncalc.convert.recognise import convert
from cnncalc.convert.structure.same import same
from cnncalc.convert.structure.sizes import sized
from cnncalc.convert.structure.templates import counted, progression
from cnncalc.runtime.same import differences

sys.path.insert(0, str(Path(__file__).parent))
import keras_networks


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


def flat(text, form="keras"):
    """The converted text and its network, whose names must be those of the source."""
    written = convert(text.encode(), "sample", form, ())
    return written, cnncalc.load(written)


def paths(network):
    """The names of what has parameters, in order."""
    return [node.path for node in network.graph.nodes if node.op in ("conv", "batchnorm", "linear")]


@pytest.mark.parametrize(
    ("make", "lines", "params"),
    # keras.applications: 25,636,712 and 8,062,504 count running statistics; He and torchvision count 25,583,592 with biases
    [(keras_networks.resnet50, 60, 25_636_712), (keras_networks.densenet121, 60, 8_062_504)],
    ids=["resnet50", "densenet121"],
)
def test_keras_networks_have_blocks(make, lines, params):
    source = make()
    text, network = flat(source)
    assert text.count("\n") <= lines
    assert "inline:" in text
    assert "repeat(" in text
    names = [layer["name"] for layer in json.loads(source)["config"]["layers"]]
    kinds = {layer["name"]: layer["class_name"] for layer in json.loads(source)["config"]["layers"]}
    assert paths(network) == [name for name in names if kinds[name] in ("Conv2D", "BatchNormalization", "Dense")]
    totals = cnncalc.analyze(network).totals
    statistics = sum(2 * (node.shape or (0,))[0] for node in network.graph.nodes if node.op == "batchnorm")
    assert totals.params + statistics == params


def caffe(*rows):
    head = 'name: "net" input: "data" input_dim: 1 input_dim: 3 input_dim: 32 input_dim: 32\n'
    return head + "\n".join(rows)


def module(name, source, first, second):
    """Two convolutions side by side, as GoogLeNet's prototxt names them."""
    conv = 'layer {{ name: "{0}" type: "Convolution" bottom: "{1}" top: "{0}" convolution_param {{ num_output: {2} kernel_size: {3} pad: {4} }} }}'
    return [
        conv.format(f"inception_{name}/1x1", source, first, 1, 0),
        conv.format(f"inception_{name}/3x3", source, second, 3, 1),
        f'layer {{ name: "inception_{name}/output" type: "Concat" bottom: "inception_{name}/1x1" bottom: "inception_{name}/3x3" top: "{name}" }}',
        f'layer {{ name: "relu_{name}" type: "ReLU" bottom: "{name}" top: "{name}" }}',
    ]


def test_letters_of_names_count_too():
    rows = [
        *module("3a", "data", 8, 16),
        *module("3b", "3a", 16, 24),
        *module("4a", "3b", 24, 24),
        *module("4b", "4a", 8, 9),
    ]
    text, network = flat(caffe(*rows), "caffe")
    assert "letter(" in text
    assert paths(network) == [
        f"inception_{name}_{size}" for name in ("3a", "3b", "4a", "4b") for size in ("1x1", "3x3")
    ]


def test_what_is_read_elsewhere_is_in_no_block():
    def unit(name, source):
        return (f'layer {{ name: "{name}" type: "Convolution" bottom: "{source}" top: "{name}" convolution_param {{ num_output: 3 kernel_size: 3 pad: 1 }} }}\n'
                f'layer {{ name: "{name}r" type: "Sigmoid" bottom: "{name}" top: "{name}r" }}')  # fmt: skip

    rows = [unit(f"a{i}", f"a{i - 1}r" if i else "data") for i in range(6)]
    end = 'layer { name: "sum" type: "Eltwise" bottom: "a2" bottom: "a5r" top: "sum" eltwise_param { operation: SUM } }'
    _, network = flat(caffe(*rows, end), "caffe")
    assert paths(network) == [f"a{i}" for i in range(6)]
    (add,) = (node for node in network.graph.nodes if node.op == "add")
    assert [network.graph.nodes[i].op for i in add.inputs] == ["conv", "sigmoid"]


def test_numbers_that_follow_are_expressions():
    rows, source = [], "data"
    for stage, width in ((1, 8), (2, 24), (3, 40)):
        for unit in range(2):
            for part, channels, size in (("a", width, 1), ("b", width, 3), ("c", 4 * width, 1)):
                name = f"s{stage}_u{unit}_{part}"
                rows.append(f'layer {{ name: "{name}" type: "Convolution" bottom: "{source}" top: "{name}" convolution_param {{ num_output: {channels} kernel_size: {size} pad: {size // 2} }} }}')  # fmt: skip
                source = name
    text, network = flat(caffe(*rows), "caffe")
    assert "4*" in text
    assert [node.shape[0] for node in network.graph.nodes if node.op == "conv"] == [
        w * f for w in (8, 24, 40) for _ in range(2) for f in (1, 1, 4)
    ]


def test_texts_of_other_networks_are_other_networks():
    one = "input: 3x8x8\nlayers:\n  - a = conv 4 3 p1\n"
    assert same(one, "input: 3x8x8\nblocks:\n  b(n) inline:\n    - a = conv n 3 p1\nlayers:\n  - b 4\n")
    assert not same(one, one.replace("a =", "b ="))
    assert not same(one, one.replace("p1", "p2"))
    assert not same(one, one.replace("conv 4", "conv x"))
    assert not same(one, one.replace("conv 4 3", "conv 4 99"))


def test_sizes_stand_where_they_change():
    text = sized(
        "input: 3x32x32\nlayers:\n  - a:\n      - b = conv 8 3 s2 p1\n      - relu\n  - conv 4 1\n  - maxpool 2\n  - flatten\n"
    )
    # 32 / 2 = 16 behind the stride, 16 / 2 = 8 behind the pool; the convolution of 1x1 and what is no map have none
    assert text.splitlines()[2:] == [
        "  - a:",
        "      - b = conv 8 3 s2 p1 -> 8x16x16",
        "      - relu",
        "  - conv 4 1",
        "  - maxpool 2 -> 4x8x8",
        "  - flatten",
    ]


def test_what_cannot_be_read_stays():
    for text in ("input: 3x8x8\nlayers:\n  - conv x\n", "input: 3x8x8\nlayers:\n  - conv 4 99\n"):
        assert sized(text) == text


def test_every_block_is_called_on_a_line_of_its_own():
    text, _ = flat(keras_networks.resnet50())
    lines = text[text.index("layers:") :].splitlines()
    assert [line.split("-> ")[1] for line in lines if "->" in line][-4:-1] == ["512x28x28", "1024x14x14", "2048x7x7"]
