"""Models with the habits of ordinary users come through the whole chain: converted, built, equal outputs with equal weights."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from cnncalc.api import analyze, build, load
from cnncalc.convert.pytorch import from_torch, samples
from cnncalc.convert.tree import ConvertError
from cnncalc.runtime.same import differences, only_rounded
from cnncalc.spec.setting import parse_size
from tests.convert.user_models import MODELS, Conditional

ROUNDED = {"critic", "cross", "new_critic", "tcn"}
"""PyTorch has one kernel for what the spec says in steps, or averages the weights of attention: the last bit may differ."""


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [name for name in MODELS if name != "conditional"])
def test_comes_through(name):
    torch.manual_seed(0)
    kind, sizes = MODELS[name]
    model, inputs = kind().eval(), samples([parse_size(size) for size in sizes])
    model(*inputs)  # lazy layers find their sizes
    network = load(from_torch(model, inputs))
    built = build(network)
    found = differences(model, built, inputs)
    assert not found or (name in ROUNDED and only_rounded(model, built, inputs)), found
    assert analyze(network).totals.params == sum(p.numel() for p in model.parameters())


def test_a_single_whole_number_per_sample_is_refused():
    with pytest.raises(ConvertError, match="input 'label': whole numbers enter as one list per sample"):
        from_torch(Conditional(), [torch.rand(2, 3, 8, 8), torch.tensor([1, 2])])


def test_what_is_rounded_otherwise_is_no_difference_in_double_precision():
    a, b = nn.Linear(4, 3), nn.Linear(4, 3)
    b.load_state_dict(a.state_dict())
    assert only_rounded(a, b, [torch.rand(2, 4)])
    with torch.no_grad():
        b.bias[0] += 1e-4
    assert not only_rounded(a, b, [torch.rand(2, 4)])


def test_the_batch_may_stand_elsewhere_in_an_output():
    class Turned(nn.Module):
        def forward(self, x):
            return x.permute(1, 0, 2)

    assert differences(Turned(), nn.Identity(), [torch.rand(2, 3, 4)]) == []
    assert differences(Turned(), nn.Flatten(), [torch.rand(2, 3, 4)]) != []


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("forward", "size", "message"),
    [
        (
            lambda m, x: nn.functional.scaled_dot_product_attention(x, x, x[..., :2]),
            "2x3x4",
            "attention whose values have other features than its keys",
        ),
        (lambda m, x: x.max(), "3x4", "amax over the batch"),
        (lambda m, x: x.unfold(1, 3, 1), "1000", "unfold of too many places"),
        (lambda m, x: x.unfold(0, 1, 1), "4", "unfold along the batch"),
        (lambda m, x: x.mT.T, "3x4x4", "all axes turned round"),
        (lambda m, x: torch.rsub(x, x, alpha=2), "3", "rsub with alpha"),
        (lambda m, x: torch.addmm(m.b, x, m.w, beta=2), "3", "a product that is scaled by alpha or beta"),
        (
            lambda m, x: m.turned(x.permute(1, 0, 2)),
            "4x3",
            "MultiheadAttention takes axis 0 for the batch, which is axis 1",
        ),
        (lambda m, x: torch.mv(x, m.b), "3", "a product of a matrix and a vector along the batch"),
        (lambda m, x: torch.dot(x[0], x[1]), "3", "indexing along the batch"),
        (lambda m, x: m.short(x), "3 int", "an embedding whose rows are made shorter, max_norm"),
        (lambda m, x: m.turned(x, x, x, attn_mask=m.mask)[0], "4x3", "MultiheadAttention with a mask"),
        (
            lambda m, x: m.adding(x, x, x)[0],
            "4x3",
            "MultiheadAttention that has other sizes for keys and values, or adds rows to them",
        ),
        (
            lambda m, x: m.second(x, x + 1, x)[0],
            "4x3",
            "MultiheadAttention between different values that is not batch first",
        ),
        (lambda m, x: m.turned(x, x, x + 1, attn_mask=m.mask)[0], "4x3", "MultiheadAttention with a mask"),
        (lambda m, x: torch.addmm(x, x, m.square, alpha=2), "3", "a product that is scaled by alpha or beta"),
    ],
)
def test_what_cannot_be_said(forward, size, message):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.w, self.b, self.square = (
                nn.Parameter(torch.rand(3, 5)),
                nn.Parameter(torch.rand(5)),
                nn.Parameter(torch.rand(3, 3)),
            )
            self.turned = nn.MultiheadAttention(3, 1, batch_first=True)
            self.adding = nn.MultiheadAttention(3, 1, batch_first=True, add_zero_attn=True)
            self.second = nn.MultiheadAttention(3, 1)
            self.short = nn.Embedding(7, 3, max_norm=1.0)
            self.register_buffer("mask", torch.zeros(4, 4))

        def forward(self, x):
            return forward(self, x)

    net = Net()
    if "mv" in message or "vector" in message:
        net.b = nn.Parameter(torch.rand(3))
    if "axis 0" in message:
        attention = net.turned
        net.forward = lambda x: attention(*[x.permute(1, 0, 2)] * 3)[0]
    with pytest.raises(ConvertError) as error:
        from_torch(net, samples([parse_size(size)]))
    assert message in str(error.value)


def test_a_part_under_two_names_is_one_part():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Linear(4, 4)
            self.blocks = nn.ModuleList([self.first, self.first])

        def forward(self, x):
            return self.blocks[1](self.blocks[0](x).relu())

    model, inputs = Twice(), samples([(4,)])
    assert set(model.state_dict()) > {"first.weight", "blocks.0.weight", "blocks.1.weight"}
    assert differences(model, build(load(from_torch(model, inputs))), inputs) == []


class Calls(nn.Module):
    def __init__(self, what):
        super().__init__()
        self.what, self.table = what, nn.Parameter(torch.rand(2, 5, 7))
        self.mix = nn.Parameter(torch.rand(4, 5))

    def forward(self, x):
        return self.what(self, x)


@pytest.mark.parametrize(
    ("what", "size"),
    [
        (lambda m, x: nn.functional.pad(x, (0, 3)), "5"),
        (lambda m, x: nn.functional.pad(x, (1, 2, 3, 4)), "4x5"),
        (lambda m, x: nn.functional.pad(x, (1, 2, 0, 0, 3, 4), value=2.0), "2x4x5"),
        (lambda m, x: nn.functional.pad(x, (0, 0, 2, 1, 1, 0)), "4x5x3"),
        (lambda m, x: x * torch.einsum("nhw,ih->niw", m.table, m.mix).mean(0), "4x7"),
        (lambda m, x: torch.sign(x - 0.5) * 3, "4x7"),
        (lambda m, x: torch.max(x, 1 - x).min(dim=2, keepdim=True)[0], "4x7"),
        (lambda m, x: (x @ m.mix) @ m.table[0], "3x4"),
        (lambda m, x: torch.addmm(m.mix[0], x, m.table[0].t()), "7"),
        (lambda m, x: x.unfold(1, 3, 2), "7x4"),
        (lambda m, x: x.unfold(2, 2, 2).unfold(3, 3, 1), "2x6x5"),
        (lambda m, x: x.unfold(-1, 4, 4), "2x8"),
        (lambda m, x: nn.functional.unfold(x, 2), "2x6x5"),
        (lambda m, x: x.mT @ x, "4x3"),
        (lambda m, x: x @ m.mix.T.mT, "2x4"),
        (lambda m, x: torch.baddbmm(x, x, x), "4x4"),
        (lambda m, x: torch.rsub(x, 3) / 7, "4x4"),
    ],
)
def test_calls(what, size):
    model, inputs = Calls(what), samples([parse_size(size)])
    built = build(load(from_torch(model, inputs)))
    found = [line for line in differences(model, built, inputs) if not line.startswith("only the first has")]
    assert found == []


class Around(nn.Module):
    """A block that calls a part which it shares with its neighbours: CoaT's encodings of positions."""

    def __init__(self, part):
        super().__init__()
        self.norm, self.part, self.out = nn.BatchNorm2d(4), part, nn.Conv2d(4, 4, 1)

    def forward(self, x):
        return x + self.out(self.out(self.part(self.norm(x))))


class Sharing(nn.Module):
    def __init__(self, depth=2):
        super().__init__()
        self.part = nn.Sequential(nn.Conv2d(4, 4, 3, padding=1, groups=4), nn.ReLU())
        self.blocks = nn.ModuleList([Around(self.part) for _ in range(depth)])

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return x


def test_a_part_that_neighbours_share_counts_once():
    model, inputs = Sharing(3), samples([(4, 6, 6)])
    network = load(from_torch(model, inputs))
    assert differences(model, build(network), inputs) == []
    assert analyze(network).totals.params == 4 * 9 + 4 + 3 * (2 * 4 + 4 * 4 + 4)


def test_a_part_that_is_shared_by_a_module_that_is_shared_itself_is_refused():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.part = nn.Conv2d(4, 4, 1)
            self.block = Around(self.part)

        def forward(self, x):
            return self.part(self.block(self.block(x)))

    with pytest.raises(ConvertError, match="'part' is called within modules that are called several times themselves"):
        from_torch(Twice(), samples([(4, 6, 6)]))


def test_a_shared_part_that_reads_two_values():
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = nn.Sequential(nn.Linear(4, 4), nn.ReLU())

        def forward(self, a, b):
            return self.inner(a) * b.relu()

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.two, self.first, self.last = Two(), nn.Linear(4, 4), nn.Linear(4, 4)

        def forward(self, x):
            y = self.first(x)
            z = self.two(x, y)
            return self.two(z, self.last(z))

    model, inputs = Net(), samples([(4,)])
    network = load(from_torch(model, inputs))
    assert differences(model, build(network), inputs) == []
    assert analyze(network).totals.params == 3 * 20
