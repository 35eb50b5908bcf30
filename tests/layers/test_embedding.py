"""Tables for whole numbers that enter the network."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from torch import nn

from cnncalc import load
from cnncalc.analysis import analyse
from cnncalc.diagnostics import SpecError
from cnncalc.runtime.module import build
from cnncalc.runtime.verify import verify

TEXT = "20 int | embedding 50 8 | lstm 6 last | linear 2"


def run(*words):
    """The real command."""
    return subprocess.run(
        [sys.executable, "-m", "cnncalc", *words], capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "autocast"])
@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        "7 int | embedding 11 5 padding_idx=0 | flatten | linear 3",
        "1 int; a = embedding 3 4; gru 2 2 bidirectional",
    ],
)
def test_every_claim_holds(text, dtype):
    assert [claim for claim in verify(load(text), dtype=dtype).claims if claim.verdict == "differs"] == []


def test_two_inputs_from_a_file(tmp_path):
    spec = tmp_path / "two.yaml"
    spec.write_text(
        "cnncalc: 1\nname: Two\ninputs: {words: 9 int, image: 3x4x4}\n"
        "layers:\n  - w = from words | embedding 30 6 | gru 5 last\n  - i = from image | flatten | linear 4\n"
        "  - concat(from w, from i) | linear 2\n"
    )
    net = load(spec)
    assert [claim for claim in verify(net).claims if claim.verdict == "differs"] == []
    found = run("build", str(spec), "--emit", "torch")
    assert found.returncode == 0
    assert "torch.zeros(1, 9, dtype=torch.int64)" in found.stdout


def test_figures():
    rows = analyse(load("20 int | embedding 50 8").graph).rows
    row = rows[-1]
    # a table of 50 rows of 8; nothing is computed; 20 whole numbers of 8 bytes are kept
    assert (row.params, row.macs, row.flops, row.saved_bytes, row.output_bytes) == (400, 0, 0, 160, 20 * 8 * 4)


def test_it_is_the_embedding_of_torch():
    module, theirs = build(load("20 int; e = embedding 50 8 padding_idx=3")), nn.Embedding(50, 8, padding_idx=3)
    module.load_state_dict({f"e.{name}": value for name, value in theirs.state_dict().items()})
    words = torch.randint(50, (2, 20))
    assert torch.equal(module(words), theirs(words))


@pytest.mark.parametrize("command", ["analyze", "verify", "lint", "explain", "time"])
def test_commands(command):
    assert run(command, "-e", TEXT, *(["0"] if command == "explain" else [])).returncode == 0


def test_another_length_stays_whole():
    found = run("analyze", "-e", TEXT, "--input", "30")
    assert found.returncode == 0
    assert "30x8" in found.stdout


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (
            "20 | embedding 50 8",
            "embedding needs whole numbers that enter the network; real numbers enter",
            "give the input whole numbers, input: 20 int, and let the table read it first",
        ),
        (
            "20 int | linear 8",
            "linear needs real numbers; whole numbers enter",
            "put an embedding before it: embedding 10000 64",
        ),
        ("20 int | embedding 50 8 padding_idx=50", "padding_idx 50 is none of the 50 rows", "rows are counted from 0"),
    ],
)
def test_errors(text, message, hint):
    with pytest.raises(SpecError) as failed:
        load(text)
    assert (failed.value.problems[0].message, failed.value.problems[0].hint) == (message, hint)
    assert run("analyze", "-e", text).returncode == 2


def test_whole_numbers_enter_as_a_list(tmp_path):
    spec = tmp_path / "bad.yaml"
    spec.write_text("cnncalc: 1\ninput: 3x20 int\nlayers:\n  - embedding 9 4\n")
    with pytest.raises(SpecError) as failed:
        load(spec)
    assert failed.value.problems[0].message == "whole numbers enter as one list"
