"""A path that is a module and has modules below it, as normalisations with their activation in user's models have."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import cnncalc
from cnncalc.codegen import emit
from cnncalc.runtime.module import import_source

HEAD = "cnncalc: 1\nname: net\ninput: 3x8x8\n"
SPECS = {
    "one": "layers:\n  - bn1 = bn\n  - bn1.act = relu\n",
    "deep": "layers:\n  - a = conv 4 3 p1\n  - a.b = bn\n  - a.b.c = relu\n  - a.b.c.d = conv 2 1\n",
    "numbered": "layers:\n  - a = conv 4 3 p1\n  - a.0 = bn\n  - a.1 = relu\n",
    "block": "blocks:\n  cna(c):\n    - conv = conv c 3 p1 nobias\n    - bn = bn\n    - bn.act = relu\nlayers:\n"
    "  - stem = cna 4\n  - cna 8\n",
    "repeat": "layers:\n  - body = conv 4 1\n  - repeat(3 as i):\n      - layer{i} = conv 4 3 p1\n",
    "sequence": "layers:\n  - body:\n      - conv 4 1\n      - n = bn\n      - n.act = prelu\n",
    "skip": "layers:\n  - c = conv 3 3 p1\n  - add(id, bn)\n  - c.act = relu\n",
    "stateless": "layers:\n  - act = relu\n  - act.conv = conv 4 3\n",
    "child first": "layers:\n  - n.act = relu\n  - n = bn\n",
    "parameter below numbers": "layers:\n  - x = conv 3 1\n  - a.0.b.1.alpha = learned 3x1x1 init=1\n  - y = tanh\n  - a.0.w = learned 3x1x1\n"
    "  - add(from x, from y, id)\n",
    "parameter": "layers:\n  - n = bn\n  - n.gain = learned 3x1x1 init=1\n  - mul(from n, from n.gain)\n",
}


@pytest.mark.parametrize("style", ["auto", "flat"])
@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_the_state_dict_is_the_spec_s(spec, style):
    network = cnncalc.load(HEAD + spec)
    module = import_source(emit(network, style=style), "net").Net()
    rows = cnncalc.analyze(network).layers
    claimed = {
        f"{row.node.path}.{tensor.name}".removesuffix(".")
        for row in rows
        if row.node.weights == row.node.index
        for tensor in row.node.layer.params(*network.graph.shapes_into(row.node))
    }
    assert set(module.state_dict()) == claimed
    assert module(torch.rand(2, 3, 8, 8)).shape[1:] == network.graph.nodes[network.graph.outputs[0]].shape


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_every_claim_holds(spec):
    from cnncalc.runtime.verify import verify

    assert not [claim for claim in verify(cnncalc.load(HEAD + spec)).claims if claim.verdict == "differs"]


class NormAct(nn.BatchNorm2d):
    """As timm and many users write it."""

    def __init__(self, channels):
        super().__init__(channels)
        self.drop = nn.Identity()
        self.act = nn.ReLU()

    def forward(self, x):
        return self.act(self.drop(super().forward(x)))


class User(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.bn = NormAct(4)
        self.layers = nn.Sequential(nn.Conv2d(4, 4, 1), NormAct(4), nn.Conv2d(4, 4, 1), NormAct(4))

    def forward(self, x):
        return self.layers(self.bn(self.conv(x))).mean((2, 3))


def test_a_user_s_module_is_converted_built_and_gives_the_same():
    from cnncalc.convert.pytorch import from_torch

    model = User().eval()
    x = torch.rand(2, 3, 8, 8)
    network = cnncalc.load(from_torch(model, [x]))
    built = cnncalc.build(network).eval()
    built.load_state_dict(model.state_dict())
    assert torch.equal(built(x), model(x))


def test_blocks_name_such_a_module_as_one_would_by_hand():
    text = emit(cnncalc.load(HEAD + SPECS["block"]), style="blocks")
    assert "        self.bn = nn.BatchNorm2d(c)\n        self.bn.act = nn.ReLU()\n" in text
    assert "        x = self.bn.act(x)\n" in text


def test_prelu_s_gradient_is_made_for_every_number_before_it_is_summed():
    from cnncalc.runtime.verify import verify

    for dtype in ("float32", "autocast"):
        found = verify(cnncalc.load("3x16x16 | conv 8 3 p1 | prelu | conv 3 1"), dtype=dtype)
        assert not [claim for claim in found.claims if claim.verdict == "differs"]


class Odd(nn.Module):
    """Attributes named like words of the notation, the input, layers and flags."""

    def __init__(self):
        super().__init__()
        self.repeat = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4))
        self.concat = nn.ModuleList([nn.Conv2d(4, 4, 1) for _ in range(2)])
        self.add = nn.Conv2d(8, 4, 1)
        self.input, self.id, self.s2 = nn.ReLU(), nn.BatchNorm2d(4), nn.AdaptiveAvgPool2d(1)
        self.conv, self.größe = nn.Conv2d(4, 4, 1), nn.Conv2d(4, 4, 1)

    def forward(self, x):
        x = self.repeat(x)
        x = self.add(torch.cat([part(x) for part in self.concat], 1)) * 0.17677669529663687
        return self.s2(self.conv(self.größe(self.id(self.input(x)))))


def test_odd_names_survive_the_whole_chain():
    from cnncalc.convert.pytorch import from_torch

    model = Odd().eval()
    x = torch.rand(2, 3, 8, 8)
    built = cnncalc.build(cnncalc.load(from_torch(model, [x]))).eval()
    built.load_state_dict(model.state_dict())
    assert torch.equal(built(x), model(x))
