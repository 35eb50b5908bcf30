"""One class per block: the text that a person would write, and the same network as the flat form."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch

import cnncalc
from cnncalc.catalogue import shipped_specs, shipped_variants
from cnncalc.codegen.module import emit_with_blocks
from cnncalc.diagnostics import UsageError
from cnncalc.runtime.inputs import sample
from cnncalc.runtime.module import build
from cnncalc.runtime.same import differences

GOLDEN = Path(__file__).parent / "golden"
NAMES = [
    "lenet5",
    "alexnet",
    "resnet18",
    "resnet50",
    "mobilenet_v2",
    "googlenet",
    "squeezenet1_1",
    "densenet",
    "segnet",
    "siamese",
    "unet",
    "mobilenet_v3_small",
    "recurrent_labelling",
    "regnet",
    "attention_unet",
    "crnn",
    "retinanet",
    "mobilevit_s",
]


@pytest.mark.parametrize("name", NAMES)
def test_golden(name):
    """The text as it was looked at; write it again with GOLDEN=write."""
    text = cnncalc.emit(name)
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


def small(name):
    """A network at a size that is fast to run."""
    network = cnncalc.load(name)
    shapes = [node.shape for node in network.graph.inputs]
    if len(shapes) == 1 and len(shapes[0]) == 3 and shapes[0][1] > 64:
        smaller = cnncalc.load(name, inputs=(shapes[0][0], 64, 64), strict=False)
        if not smaller.problems:
            return smaller
    return network


HEAVY = (
    "efficientnet_b4",
    "efficientnet_b5",
    "efficientnet_b6",
    "efficientnet_b7",
    "wide_resnet101_2",
    "resnext101_64x4d",
    "resnext101_32x8d",
    "vgg11",
    "vgg13",
    "vgg19",
    "c3d",
)


BLOCKS = [*shipped_specs(), *shipped_variants()]


@pytest.mark.parametrize("name", [name for name in BLOCKS if name not in HEAVY])
def test_the_same_as_the_flat_form(name):
    network = small(name)
    chance = torch.Generator().manual_seed(0)
    inputs = [sample(network.graph, node, 2, chance) for node in network.graph.inputs]
    assert differences(build(network, style="flat"), build(network, style="blocks"), inputs) == []


@pytest.mark.parametrize("name", BLOCKS)
def test_every_shipped_network_has_it(name):
    """No layer is written out twice that the spec says once."""
    assert emit_with_blocks(cnncalc.load(name))


def test_resnet50_is_as_short_as_one_writes_it():
    text = cnncalc.emit("resnet50")
    assert len(text.splitlines()) < 110
    assert text.count("nn.Conv2d(") == 5
    assert "class Bottleneck(nn.Module):" in text
    assert "*[Bottleneck(4 * c, c) for _ in range(n - 1)]," in text


def test_a_block_that_is_a_sequence():
    text = cnncalc.emit(
        "cnncalc: 1\ninput: 3x8x8\nblocks:\n  cbr(c, k=3): conv c k half nobias | bn | relu\nlayers:\n  - cbr 8 | cbr 16 k=1\n"
    )
    assert "class CBR(nn.Sequential):" in text
    assert "def __init__(self, in_channels: int, c: int, k: int = 3) -> None:" in text
    assert "nn.Conv2d(in_channels, c, k, padding=k // 2, bias=False)," in text
    assert "super().__init__(CBR(3, 8), CBR(8, 16, k=1))" in text


def test_values_of_params_are_constants():
    text = cnncalc.emit(
        "cnncalc: 1\ninput: 3x8x8\nparams: {width: 1/2, classes: 7}\nlayers: [conv 64*width 3, conv classes 1]\n",
        settings={"classes": "9"},
    )
    assert "WIDTH = 0.5" in text
    assert "CLASSES = 9" in text
    assert "round(64 * WIDTH)" in text


BLOCK = "cnncalc: 1\ninput: 4x8x8\nblocks:\n"


def written(text):
    """The text with one class per block, which is the same network as the flat form."""
    network = cnncalc.load(text)
    inputs = [torch.rand(2, *(node.shape or ())) for node in network.graph.inputs]
    assert differences(build(network, style="flat"), build(network, style="blocks"), inputs) == []
    return cnncalc.emit(text, style="blocks")


def test_values_between_blocks_are_arguments_of_forward():
    text = written(
        BLOCK + "  join(skip): concat(id, from skip) | conv 4 1\nlayers:\n  - a = conv 4 1\n  - relu | join a\n"
    )
    assert "def forward(self, x: Tensor, skip: Tensor) -> Tensor:" in text
    assert "x = torch.cat([x, skip], dim=1)" in text


def test_a_layer_by_name_is_a_class_as_argument():
    text = written(BLOCK + "  unit(act, c): conv c 1 | act\nlayers: [unit relu 8, unit silu 8]\n")
    assert "def __init__(self, in_channels: int, act: type[nn.Module], c: int) -> None:" in text
    assert "super().__init__(Unit(4, nn.ReLU, 8), Unit(8, nn.SiLU, 8))" in text


def test_a_loop_in_forward():
    text = written(
        BLOCK
        + "  grow(n): repeat(n as i, concat(id, a{i} = conv 3 1))\nlayers: [grow 3, grow 4]\n".replace(
            "repeat(n as i, concat(id, a{i} = conv 3 1))",
            "\n    - repeat(n as i):\n        - concat:\n            - id\n            - a{i} = conv 3 1",
        )
    )
    assert 'self.add_module(f"a{i}", nn.Conv2d(in_channels + 3 * i, 3, 1))' in text
    assert 'y = self.get_submodule(f"a{i}")(x)' in text


def test_a_branch_within_a_branch():
    """The value that enters a branch enters its first module, whatever the branch is called in forward."""
    text = written("4x8x8 | concat(concat(conv 4 1, id), id)")
    assert text.count("torch.cat(") == 2


def test_one_name_for_two_values():
    """A name within a repeat hides the outer one only there."""
    written(
        BLOCK
        + "  b:\n    - a = conv 4 1\n    - repeat(2):\n        - from a | relu\n        - add(id, from a)\nlayers: [b, b]\n"
    )


def test_kept_indices_have_a_variable():
    text = written("cnncalc: 1\ninput: 4x8x8\nlayers:\n  - p = maxpool 2\n  - conv 4 1\n  - unpool p\n")
    assert "x, p_indices = self.p(x)" in text
    assert "(x, p_indices)" in text


def test_named_sequences_are_ordered_dicts():
    text = written("cnncalc: 1\ninput: 4x8x8\nlayers:\n  - head:\n      - conv1 = conv 4 1\n      - act = relu\n")
    assert "self.head = nn.Sequential(" in text
    assert "OrderedDict(conv1=nn.Conv2d(4, 4, 1), act=nn.ReLU())" in text
    assert "from collections import OrderedDict" in text


@pytest.mark.parametrize(
    "text",
    [
        "blocks:\n  cbr(c): conv c 1 | relu\n  CBR(c): conv c 3 p1\nlayers: [cbr 4, CBR 8]\n",
        "blocks:\n  net(c): conv c 1 | relu\nlayers: [net 4, net 8]\n",
        "blocks:\n  tensor(c): add(id, conv in.c 1 | relu)\nlayers: [tensor 4, tensor 8]\n",
        "blocks:\n  unshared_conv(c): local c 1 | relu\nlayers: [unshared_conv 4]\n",
        "params: {c: 4, C: 6}\nlayers: [conv c 1, conv C 1]\n",
        "params: {f: 4, cbr: 6}\nblocks:\n  cbr(k): conv cbr k half\nlayers: [conv f 1, cbr 1, minpool 2]\n",
        "layers:\n  - F = conv 4 1\n  - range = relu\n  - repeat(3, conv 4 1 | relu)\n  - mul(from F, from range)\n",
        "blocks:\n  b(i): repeat(i as range, conv 4 1 | relu)\nlayers: [b 2, b 3]\n",
    ],
)
def test_names_do_not_get_in_each_others_way(text):
    written(f"cnncalc: 1\nname: Net\ninput: 4x8x8\n{text}")


@pytest.mark.parametrize("name", ["lambda", "nn", "self", "in_channels", "divisible", "math", "range"])
def test_parameters_that_python_cannot_have(name):
    """Every layer is written out then."""
    text = f"{BLOCK}  b({name}): conv {name} 1\nlayers: [b 4, b 8]\n"
    with pytest.raises(UsageError, match=f"a parameter called {name}"):
        cnncalc.emit(text, style="blocks")
    assert cnncalc.build(text)(torch.rand(1, 4, 8, 8)).shape == (1, 8, 8, 8)


def test_what_blocks_cannot_say():
    text = BLOCK + "  b:\n    - a = if(in.c > 4, conv 4 1 | relu, conv 8 1 | bn)\nlayers: [b, b]\n"
    with pytest.raises(
        UsageError, match="this network cannot be written with one class per block: a name for two sequences"
    ):
        cnncalc.emit(text, style="blocks")
    assert "nn.ModuleDict(" in cnncalc.emit(text)
    with pytest.raises(UsageError, match="unknown style 'pretty': use one of auto, blocks, flat"):
        cnncalc.emit("siamese", style="pretty")


def test_sizes_that_no_parameter_says_are_further_arguments():
    """The features of a sequence, which are not its channels."""
    text = written("cnncalc: 1\ninput: 6x8\nblocks:\n  read(c): linear c last | relu\nlayers: [read 5, read 7]\n")
    assert "def __init__(self, c: int, in_features: int) -> None:" in text
    assert "super().__init__(Read(5, in_features=8), Read(7, in_features=5))" in text


def test_a_default_that_python_cannot_say_is_given_at_every_call():
    text = written(
        BLOCK
        + "  half(c, rows=in.h//2): reshape (in.c,rows,-1) | reshape (in.c,in.h,2,-1) | permute (0,2,1,3) | reshape (c,rows,-1)\n"
        + "layers: [half 4, maxpool 2, half 4]\n"
    )
    assert "rows=4" in text
    assert "rows=1" in text  # 2x8 enters
    assert "self.rows = rows" in text


def test_numbers_in_expressions_are_those_of_the_constructor():
    text = written(
        BLOCK
        + "  shrunk(c, by, gain): scale gain | reshape (c//by,by,-1) | transpose | reshape (c,8,-1)\n"
        + "layers: [shrunk 4 2 1/4, shrunk 4 4 1/2]\n"
    )
    assert "x = x * self.gain" in text
    assert "self.c // self.by, self.by" in text
    assert "Shrunk(4, 2, 1 / 4)" in text


def test_options_of_functions_that_some_calls_leave_out():
    text = written(
        BLOCK
        + "  own(s):\n"
        + "    - x = id\n    - w = learned (4,4,3,3) std=0.1\n    - from x | conv 4 3 s=s p1 weight=w\nlayers: [own 1, own 2]\n"
    )
    assert "stride=self.s, padding=1" in text


def test_paths_as_names_have_something_that_holds_them():
    text = written(
        "cnncalc: 1\ninput: 4x8x8\nlayers:\n  - up.2.0 = conv 4 1\n  - a = id\n  - up.1.0 = conv 4 1\n  - add(id, from a)\n"
    )
    assert "self.up = nn.Module()" in text
    assert 'self.up.get_submodule("2.0")(x)' in text


def test_shared_weights_under_a_path():
    text = written(
        BLOCK
        + "  tower: conv 4 3 p1 | relu\nlayers:\n  - shared(head.both, tower)\n  - shared(head.both)\n  - shared(head.both)\n"
    )
    assert text.count("self.head.both(x)") == 3
    assert "self.head.both = Tower(" in text


def test_a_parameter_without_a_name():
    text = written(BLOCK + "  b:\n    - mul(id, learned (4,1,1))\nlayers: [b, b]\n")
    assert 'get_parameter("' in text or "register_parameter(" in text


def test_truth_values():
    written(BLOCK + "  b(c): conv c 1 bias=false | bn track_running_stats=false\nlayers: [b 4, b 8]\n")


def test_a_condition_that_is_too_long_for_a_line():
    text = written(
        BLOCK
        + "  down(c, s):\n"
        + "    - shortcut = if(s != 1 or in.c != c, if(s == 1, identity, avgpool 2 ceil exclude) | conv c 1 nobias | bn)\n"
        + "layers: [down 4 1, down 8 1, down 8 2]\n"
    )
    assert "                *(\n                    [nn." in text


def test_channels_that_nothing_reads_are_no_argument():
    text = written(BLOCK + "  halves: add(relu | maxpool 2, avgpool 2)\nlayers: [halves, conv 6 1, halves]\n")
    assert "def __init__(self) -> None:\n        super().__init__()\n        self.relu" in text
    assert text.count("Halves()") == 2


def test_a_named_sequence_that_begins_with_a_value():
    text = written(
        BLOCK + "  gate(below):\n    - W = from below | conv 4 1 | bn\n    - add(id, from below)\n"
        "layers:\n  - a = relu\n  - conv 4 1 | gate a\n"
    )
    assert "self.W = nn.Sequential(nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4))" in text
    assert "x = self.W(below)" in text
