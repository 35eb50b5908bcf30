"""One class per block: the text that a person would write, and the same network as the flat form."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch

import cnncalc
from cnncalc.api import shipped_specs, shipped_variants
from cnncalc.codegen.module import emit_with_blocks
from cnncalc.codegen.pyexpr import Unable
from cnncalc.diagnostics import UsageError
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


def with_blocks():
    names = []
    for name in [*shipped_specs(), *shipped_variants()]:
        try:
            emit_with_blocks(cnncalc.load(name))
        except Unable:
            continue
        names.append(name)
    return names


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


@pytest.mark.parametrize("name", [name for name in with_blocks() if name not in HEAVY])
def test_the_same_as_the_flat_form(name):
    network = small(name)
    inputs = [torch.rand(2, *(node.shape or ())) for node in network.graph.inputs]
    assert differences(build(network, style="flat"), build(network, style="blocks"), inputs) == []


def test_most_networks_have_it():
    assert len(with_blocks()) >= 50


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


def test_what_blocks_cannot_say():
    with pytest.raises(
        UsageError, match="this network cannot be written with one class per block: several inputs or outputs"
    ):
        cnncalc.emit("siamese", style="blocks")
    with pytest.raises(UsageError, match="unknown style 'pretty': use one of auto, blocks, flat"):
        cnncalc.emit("siamese", style="pretty")
