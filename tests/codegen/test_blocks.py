"""One class per block: the text that a person would write, and the same network as the flat form."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch

import cnncalc
from cnncalc.catalogue import shipped_specs, shipped_variants
from cnncalc.codegen.module import emit_with_blocks
from cnncalc.codegen.pyexpr import Unable
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


FLAT = {
    "maxvit_t": "a truth value as an argument, and sizes of reshapes that differ between calls",
    "crnn": "features of a sequence that enters, which no parameter says",
    "recurrent_labelling_lstm": "features of a sequence that enters, which no parameter says",
    "nfnet_f0": "a path as a name",
    "retinanet": "a path as a name",
    "segformer_b0": "a reshape in one branch of a condition, where the other has nothing",
    "swin_v2": "a parameter that belongs to a layer behind it",
    "coatnet_0": "sizes of reshapes that differ between calls",
    "convnextv2": "sizes of reshapes that differ between calls",
    "mobilevit_s": "sizes of reshapes that differ between calls",
    "resnest": "sizes that follow from others in no usual way",
}
"""Networks, by how their names begin, that are written with every layer by itself: what classes per block cannot say yet."""

NAMED = [*shipped_specs(), *shipped_variants()]
BLOCKS = [name for name in NAMED if not name.startswith(tuple(FLAT))]


@pytest.mark.parametrize("name", [name for name in NAMED if name.startswith(tuple(FLAT))])
def test_what_classes_per_block_cannot_say(name):
    with pytest.raises(Unable):
        emit_with_blocks(cnncalc.load(name))
    assert cnncalc.emit(name)


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
