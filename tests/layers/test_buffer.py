"""Constants that are not trained: what is in them, what the state_dict has, tables of positions by their formulas."""

from __future__ import annotations

import pytest
import torch

import cnncalc
from cnncalc.runtime.verify import verify

NETWORKS = (
    "4x8x8 | conv 4 1 | add(id, buffer 4x1x1 values=(1,2)) | mul(id, buffer scalar values=1/2) | conv 2 1",
    "4x8; linear 8 last; x = id; table = learned 9x2; i = relativeindex 2x2; bias = from table | select i | reshape (4,4,2) | permute (2,0,1); from x | reshape (4,2,4) | permute (1,0,2) | matmul(id, transpose 1 2) | add(id, from bias) | softmax -1",
    "4x8; t = relativecoordinates 2x2; cpb = from t | linear 5 last | relu | linear 2 nobias last; from input | linear 2 last | reshape (2,2,2) | add(id, from cpb | slice 0 2 | slice 0 2 dim=1)",
    "3x4x6; permute (1,2,0) | linear 4 last | windows 2x3 last | flatten 0 1 | reshape (1,6,4) | matmul(id, transpose 1 2) | frombatch 4 | add(id, shiftmask 4x6 2x3 1x1) | tobatch | softmax -1",
)


@pytest.mark.parametrize("dtype", ["float32", "autocast"])
@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("text", NETWORKS)
def test_every_claim_holds(text, batch, dtype):
    found = verify(cnncalc.load(text), batch=batch, dtype=dtype)
    assert found.holds, found.differences


def test_values_and_state_dict():
    module = cnncalc.build(
        "4x8x8; a = buffer 2x2 values=(1,2,3,4); b = buffer 4x1x1 values=(1,2) leading transient; from input | add(id, from b)"
    )
    assert module.a.tolist() == [[1, 2], [3, 4]]
    assert module.b.flatten().tolist() == [1, 2, 1, 2]
    assert module.b.shape == (1, 4, 1, 1)
    assert list(module.state_dict()) == ["a"]
    assert not list(module.parameters())


def test_buffers_are_counted_apart():
    totals = cnncalc.analyze("4x8x8; i = relativeindex 7x7; from input | conv 4 1").totals
    assert totals.buffers == 49 * 49
    assert totals.buffer_bytes == 8 * 49 * 49


def made(op):
    return cnncalc.build(f"3x8x8; t = {op}; from input").t


def test_relative_index_by_its_formula():
    places = [(y, x) for y in range(3) for x in range(2)]
    wanted = [(a - c + 2) * 3 + b - d + 1 for a, b in places for c, d in places]
    assert made("relativeindex 3x2").tolist() == wanted


def test_relative_coordinates_by_their_formula():
    from math import log2

    def scaled(t, n):
        t = 8 * t / (n - 1)
        return (1 if t > 0 else -1 if t < 0 else 0) * log2(1 + abs(t)) / 3

    wanted = [[[scaled(y, 3), scaled(x, 2)] for x in range(-1, 2)] for y in range(-2, 3)]
    assert torch.allclose(made("relativecoordinates 3x2"), torch.tensor([wanted]))


def test_shifted_windows_see_their_old_neighbours_only():
    # 4x4 in windows of 2 shifted by 1: the last window holds the four corners of the map, which were no neighbours
    mask = made("shiftmask 4x4 2x2 1x1")
    assert mask.shape == (4, 1, 4, 4)
    mask = mask[:, 0]
    assert (mask[0] == 0).all()
    assert (mask[3] == -100 * (1 - torch.eye(4))).all()
    assert (mask[1] == torch.tensor([[0, -100, 0, -100], [-100, 0, -100, 0]] * 2)).all()
