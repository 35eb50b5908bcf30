"""Whole numbers and truth values enter what PyTorch runs on them, and nothing else."""

from __future__ import annotations

import pytest

import cnncalc
from cnncalc.diagnostics import SpecError
from cnncalc.runtime.verify import verify


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("3x4x4 | where(id, id, neg)", "where needs truth values as its first input"),
        ("3x4x4 | where(argmax | unsqueeze 0, id, neg)", "where needs truth values as its first input"),
        ("3x4x4 | onehot 3", "onehot needs whole numbers that enter the network; real numbers enter"),
        ("3x4x4 | gt(id, number 0) | conv 4 1", "conv needs real numbers; truth values enter"),
        ("3x4x4 | gt(id, number 0) | flatten | linear 4", "linear needs real numbers; truth values enter"),
        ("3x4x4 | argmax | gelu", "gelu needs real numbers; whole numbers enter"),
        ("3x4x4 | sub(gt(id, number 0), lt(id, number 0))", "sub needs real numbers; truth values enter"),
        ("3x4x4 | matmul(argmax, argmax)", "matmul needs real numbers; whole numbers enter"),
        ("9 int | onehot 4 | linear 3 last", "linear needs real numbers; whole numbers enter"),
    ],
)
def test_refused(spec, message):
    with pytest.raises(SpecError) as error:
        cnncalc.load(spec)
    assert message in str(error.value)


@pytest.mark.parametrize(
    "spec",
    [
        "3x4x4 | conv 4 1 | where(gt(id, number 0) | permute (0,2,1) | permute (0,2,1), id, neg)",
        "3x4x4 | conv 3 1 | argmax | onehot 3 | div(id, number 1) | linear 2 last",
        "3x4x4 | conv 3 1 | argmax | embedding 3 5",
        "3x4x4 | x = conv 3 1 | mul(id, gt(id, number 0))",
        "9 int | onehot 4 | div(id, number 1) | linear 3 last",
    ],
)
def test_what_pytorch_runs(spec):
    found = verify(cnncalc.load(spec.replace("x = ", "")))
    assert found.holds, found.differences
