"""docs/blocks.md: every block can be read, every claim about it holds, and it gives what timm's module of that name gives."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch

import cnncalc
from cnncalc.analysis import analyse
from cnncalc.runtime.verify import verify

TEXT = (Path(__file__).parents[2] / "docs/blocks.md").read_text(encoding="utf-8")
BLOCKS = [line for part in re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL) for line in part.splitlines()]

CALLS = {
    # 8 channels, 2 in between: 8*2 + 2 + 2*8 + 8
    "se 4": ("8x12x12", 42),
    "eca": ("8x12x12", 3),
    "grn": ("8x12x12", 16),
    # weights alone: 6 filters of 8*9
    "stdconv 6 3 p=1": ("8x12x12", 432),
    "scaledstdconv 6 3 p=1": ("8x12x12", 438),
    "blurpool": ("8x12x12", 0),
    # 8 filters of 3*16 and their biases, and a token of 8
    "patchembed 8 4 | classtoken 8": ("3x12x12", 400),
    # 49 distances for 2 heads; 8*24 + 24 and 8*8 + 8
    "permute (1,2,0) | windowattention 2 4": ("8x12x12", 98 + 216 + 72),
}


def network(call: str) -> cnncalc.Network:
    blocks = "\n".join(f"  {line}" for line in BLOCKS if line)
    return cnncalc.load(f"cnncalc: 1\ninput: {CALLS[call][0]}\nblocks:\n{blocks}\nlayers:\n  - {call}\n")


@pytest.mark.parametrize("call", CALLS)
def test_every_claim_holds(call):
    found = network(call)
    assert analyse(found.graph).totals.params == CALLS[call][1]
    verified = verify(found)
    assert verified.holds, verified.differences


def test_every_block_is_tried():
    names = {match[1] for line in BLOCKS if (match := re.match(r"(\w+)\(", line))}
    assert names == {name for call in CALLS for name in re.findall(r"[a-z]+(?= |$)", call)} - {"permute"}


@pytest.mark.usefixtures("operators")
@pytest.mark.parametrize(
    ("call", "name", "arguments"),
    [
        ("se 4", "SEModule", {"channels": 8, "rd_channels": 2}),
        ("eca", "EcaModule", {"channels": 8, "kernel_size": 3}),
        ("grn", "GlobalResponseNorm", {"dim": 8, "channels_last": False}),
        ("stdconv 6 3 p=1", "StdConv2d", {"in_channel": 8, "out_channels": 6, "kernel_size": 3, "padding": 1, "bias": False}),
        ("scaledstdconv 6 3 p=1", "ScaledStdConv2d", {"in_channels": 8, "out_channels": 6, "kernel_size": 3, "padding": 1, "bias": False}),
        ("blurpool", "BlurPool2d", {"channels": 8}),
    ],
)  # fmt: skip
def test_it_is_the_module_of_that_name(call, name, arguments):
    layers = pytest.importorskip("timm.layers")
    grn = pytest.importorskip("timm.layers.grn")
    torch.manual_seed(1)
    theirs = getattr(grn if name.startswith("Global") else layers, name)(**arguments).eval()
    with torch.no_grad():
        for parameter in theirs.parameters():
            parameter.copy_(torch.rand_like(parameter))
    ours = cnncalc.build(network(call)).eval()
    given = {parameter.numel(): parameter for parameter in theirs.parameters()}
    with torch.no_grad():
        for own_name, parameter in ours.named_parameters():
            same = [p for n, p in theirs.named_parameters() if n.rpartition(".")[2] == own_name.rpartition(".")[2]]
            alike = [p for p in same if p.shape == parameter.shape] or [
                p for p in same if p.numel() == parameter.numel()
            ]
            parameter.copy_((alike or [given[parameter.numel()]])[0].reshape(parameter.shape))
    x = torch.rand(2, 8, 12, 12)
    torch.testing.assert_close(ours(x), theirs(x), rtol=1e-4, atol=1e-5)
