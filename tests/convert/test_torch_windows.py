"""Windows that models put into the batch and take out again, tables of positions, masks: to equal outputs."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

import cnncalc
from cnncalc.convert.pytorch import from_torch, samples
from cnncalc.convert.tree import ConvertError


def holds(model: nn.Module, *shapes: tuple[int, ...]) -> str:
    """Convert a model, and hold parameters, MACs, names and outputs of what is built against it; gives the text."""
    model = model.eval()
    inputs = samples(shapes)
    text = from_torch(model, inputs)
    network = cnncalc.load(text)
    built = cnncalc.build(network)
    missing = built.load_state_dict(model.state_dict(), strict=False)
    assert missing.missing_keys == []
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        wanted = model(*inputs)
    with torch.no_grad():
        assert torch.allclose(built.eval()(*inputs), wanted, atol=1e-6)
    totals = cnncalc.analyze(network, batch=len(inputs[0])).totals
    assert totals.params == sum(p.numel() for p in model.parameters())
    assert 2 * totals.macs == counter.get_total_flops()
    return text


class Windows(nn.Module):
    """Windows of a map whose channels come last, a layer on each, and back."""

    def __init__(self, *, first: bool = False) -> None:
        super().__init__()
        self.linear = nn.Linear(6, 6)
        self.first = first

    def forward(self, x):
        b, _, h, w = x.shape
        x = x.permute(0, 2, 3, 1)
        x = F.pad(x, (0, 0, 0, -w % 4, 0, -h % 4))
        _, high, wide, c = x.shape
        x = x.view(b, high // 4, 4, wide // 4, 4, c).permute(0, 1, 3, 2, 4, 5).reshape(-1, 16, c)
        x = self.linear(x).softmax(1)
        x = x.view(b, -1, 16, c).mean(1) if self.first else x.view(b, high // 4, wide // 4, 4, 4, c)
        return x if self.first else x.permute(0, 1, 3, 2, 4, 5).reshape(b, high, wide, c)[:, :h, :w, :]


@pytest.mark.parametrize("size", [(8, 8), (8, 12), (7, 9), (4, 4), (5, 3)])
def test_windows(size):
    assert "tobatch" in holds(Windows(), (6, *size)) or size == (4, 4)


def test_windows_that_are_copies_of_a_sample_meet():
    holds(Windows(first=True), (6, 8, 12))


class Heads(nn.Module):
    """Heads in the batch, as people write attention by hand: from three axes and back."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(8, 24)

    def forward(self, x):
        b, n, c = x.shape
        qkv = self.qkv(x).reshape(b, n, 3, 2, 4).permute(2, 0, 3, 1, 4)
        q, k, v = (qkv[i].reshape(b * 2, n, 4) for i in range(3))
        x = torch.bmm(torch.bmm(q, k.transpose(1, 2)).softmax(-1), v)
        return x.view(b, 2, n, 4).transpose(1, 2).reshape(b, n, c)


def test_heads_in_the_batch():
    assert "frombatch 2" in holds(Heads(), (5, 8))


class Table(nn.Module):
    """A bias by the places of two tokens, of a table with a row per offset or with a row per head."""

    def __init__(self, index: torch.Tensor, rows: int, *, turned: bool = False) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.rand(2, rows) if turned else torch.rand(rows, 2))
        self.register_buffer("index", index, persistent=False)
        self.turned = turned

    def forward(self, x):
        n = x.shape[1]
        bias = (
            self.table[:, self.index]
            if self.turned
            else self.table[self.index.view(-1)].view(n, n, -1).permute(2, 0, 1)
        )
        return (x @ x.transpose(1, 2))[:, None] + bias[None]


def offsets(high: int, wide: int) -> torch.Tensor:
    """Swin's index, written out: rows of (2 high - 1) x (2 wide - 1) offsets."""
    places = [(y, x) for y in range(high) for x in range(wide)]
    return torch.tensor(
        [[(a - c + high - 1) * (2 * wide - 1) + b - d + wide - 1 for c, d in places] for a, b in places]
    )


@pytest.mark.parametrize(("high", "wide"), [(2, 2), (3, 4), (4, 3), (1, 5), (7, 7)])
def test_tables_of_relative_positions(high, wide):
    text = holds(Table(offsets(high, wide), (2 * high - 1) * (2 * wide - 1)), (high * wide, 3))
    assert f"relativeindex ({high},{wide})" in text


@pytest.mark.parametrize(("high", "wide", "stride"), [(2, 2, 1), (3, 4, 1), (4, 4, 2), (5, 3, 2)])
def test_tables_by_the_size_of_an_offset(high, wide, stride):
    """As LeViT has it: a row of the table for every offset, in the order in which offsets come up."""
    places = [(y, x) for y in range(high) for x in range(wide)]
    taken = [(y, x) for y in range(0, high, stride) for x in range(0, wide, stride)]
    seen: dict[tuple[int, int], int] = {}
    index = [[seen.setdefault((abs(a - c), abs(b - d)), len(seen)) for c, d in places] for a, b in taken]

    class Pairs(nn.Module):
        def __init__(self):
            super().__init__()
            self.table = nn.Parameter(torch.rand(2, len(seen)))
            self.register_buffer("index", torch.tensor(index), persistent=False)

        def forward(self, x):
            queries = x.unflatten(2, (high, wide))[:, :, ::stride, ::stride].flatten(2)
            return (queries.transpose(1, 2) @ x)[:, None] + self.table[:, self.index]

    assert f"relativeindex ({high},{wide}) absolute" in holds(Pairs(), (3, high * wide))


def test_tables_by_any_few_places():
    assert "take (" in holds(Table(torch.tensor([[0, 2, 1], [3, 0, 4], [1, 1, 0]]), 5), (3, 4))


def test_tables_by_too_many_places_are_refused():
    index = torch.randint(0, 9, (40, 40), generator=torch.Generator().manual_seed(0))
    with pytest.raises(ConvertError, match="by too many places"):
        from_torch(Table(index, 9).eval(), samples([(40, 4)]))


class Coordinates(nn.Module):
    """A network that makes weights of positions from their offsets, once per network."""

    def __init__(self) -> None:
        super().__init__()
        down, right = torch.arange(-2.0, 3.0) / 2, torch.arange(-3.0, 4.0) / 3
        table = torch.stack(torch.meshgrid(down, right, indexing="ij"), dim=-1)[None] * 8
        self.register_buffer("table", table.sign() * (table.abs() + 1).log2() / 3)
        self.mlp = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 3, bias=False))

    def forward(self, x):
        return x * self.mlp(self.table).permute(0, 3, 1, 2).sigmoid()


def test_networks_of_coordinates_run_once():
    text = holds(Coordinates(), (3, 5, 7))
    assert "relativecoordinates (3,4)" in text
    rows = cnncalc.analyze(text, batch=8).layers
    assert sum(row.macs for row in rows if row.node.op == "linear") == 35 * (2 * 4 + 4 * 3)  # not eight times


class Sliced(nn.Module):
    def forward(self, x):
        x = torch.cat([x[..., 0::2, 0::2], x[:, :, 1::2, 1::2]], 1)
        return x[:, None, 1:, ..., 2] + x[:, :1, None, :, 1]


def test_slices_with_steps_and_new_axes():
    assert "step=2" in holds(Sliced(), (3, 8, 8))


class Ensemble(nn.Module):
    """Several heads side by side in front of the batch, and their mean."""

    def __init__(self, *, dim: int) -> None:
        super().__init__()
        self.heads = nn.ModuleList(nn.Linear(6, 4) for _ in range(3))
        self.dim = dim

    def forward(self, x):
        x = torch.stack([head(x) for head in self.heads], dim=self.dim)
        return x.amax(self.dim) + x.mean(dim=self.dim) + x.sum(self.dim, keepdim=True).mean(self.dim)


@pytest.mark.parametrize("dim", [0, 1, 2, -1])
def test_values_side_by_side_in_front_of_the_batch(dim):
    holds(Ensemble(dim=dim), (5, 6))


@pytest.mark.usefixtures("operators")
@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("size", [32, 40])
def test_swin(version, size):
    from torchvision.models.swin_transformer import PatchMergingV2, SwinTransformer, SwinTransformerBlockV2

    more = {} if version == 1 else {"block": SwinTransformerBlockV2, "downsample_layer": PatchMergingV2}
    model = SwinTransformer([4, 4], 8, [2, 2], [1, 2], [4, 4], num_classes=5, **more)
    text = holds(model, (3, size, size))
    assert "shiftmask" in text


@pytest.mark.usefixtures("operators")
def test_maxvit():
    from torchvision.models.maxvit import MaxVit

    holds(MaxVit((32, 32), 8, 4, [8, 16], [1, 1], 4, 0.0, num_classes=5), (3, 32, 32))
