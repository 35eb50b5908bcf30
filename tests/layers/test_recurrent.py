"""Recurrent layers, against PyTorch's own and against arithmetic that is written out."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from cnncalc import load
from cnncalc.analysis import analyse
from cnncalc.diagnostics import SpecError
from cnncalc.runtime.module import build
from cnncalc.runtime.verify import verify

KINDS = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


@pytest.mark.parametrize("op", KINDS)
@pytest.mark.parametrize("words", ["", "bidirectional", "nobias", "2 bidirectional"])
def test_checkpoints_of_torch_load_below_the_path(op, words):
    module = build(load(f"10x7; body = {op} 5 {words}")).eval()
    theirs = KINDS[op](
        7, 5, 2 if "2" in words else 1, bias="nobias" not in words, batch_first=True, bidirectional="bidi" in words
    ).eval()
    module.load_state_dict({f"body.{name}": value for name, value in theirs.state_dict().items()})
    x = torch.rand(3, 10, 7)
    assert torch.equal(module(x), theirs(x)[0])


@pytest.mark.parametrize("op", KINDS)
def test_last_is_the_state_of_every_direction_when_it_has_read_everything(op):
    module = build(load(f"10x7; body = {op} 5 2 bidirectional last")).eval()
    theirs = KINDS[op](7, 5, 2, batch_first=True, bidirectional=True).eval()
    module.load_state_dict({f"body.{name}": value for name, value in theirs.state_dict().items()})
    x = torch.rand(3, 10, 7)
    out, states = theirs(x)
    states = states[0] if isinstance(states, tuple) else states
    assert torch.equal(module(x), torch.cat((states[-2], states[-1]), 1))
    assert torch.equal(module(x), torch.cat((out[:, -1, :5], out[:, 0, 5:]), 1))


@pytest.mark.parametrize(
    ("text", "macs", "params", "flops"),
    [
        # 10 times: 5 * (7 + 5) MACs; 5 * 7 + 5 * 5 + 5 + 5 weights; per unit an addition and a tanh of 6
        ("10x7 | rnn 5", 10 * 60, 70, 2 * 600 + 10 * 5 * 7),
        ("10x7 | rnn 5 relu nobias", 10 * 60, 60, 2 * 600 + 10 * 5 * 2),
        # 4 gates; 4 additions, 3 sigmoids of 4, 2 tanh of 6, 3 multiplications, an addition: 32
        ("10x7 | lstm 5", 10 * 240, 4 * 70, 2 * 2400 + 10 * 5 * 32),
        ("10x7 | lstm 5 bidirectional", 2 * 10 * 240, 2 * 4 * 70, 2 * 4800 + 2 * 10 * 5 * 32),
        # the state has 3 numbers: 4 * 5 * (7 + 3) + 5 * 3 MACs
        ("10x7 | lstm 5 proj_size=3", 10 * 215, 4 * 5 * 12 + 15, 2 * 2150 + 10 * 5 * 32),
        # 3 gates; 2 additions, 2 sigmoids, a multiplication, an addition, a tanh, 2 additions, a multiplication: 21
        ("10x7 | gru 5", 10 * 180, 3 * 70, 2 * 1800 + 10 * 5 * 21),
        # the second layer reads 2 * 5 numbers: 3 * 5 * (10 + 5)
        ("10x7 | gru 5 2 bidirectional", 2 * 10 * (180 + 225), 2 * (210 + 3 * 5 * 17), 2 * 8100 + 4 * 10 * 5 * 21),
    ],
)
def test_figures(text, macs, params, flops):
    totals = analyse(load(text).graph).totals
    assert (totals.macs, totals.params, totals.flops) == (macs, params, flops)


@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16", "autocast"])
@pytest.mark.parametrize(
    "text",
    [
        "11x7 | lstm 5 | gru 3 last | linear 2",
        "9x5 | rnn 6 2 bidirectional | gru 3 | flatten | linear 3",
        "3x4x5 | conv 6 3 p1 | relu | flatten 1 | permute (1,0) | lstm 5 2 dropout=0.5 bidirectional",
        "7x5 | add(lstm 6 last, rnn 6 relu last)",
        "9x5 | gru 8 bidirectional | mul(id, sigmoid) | gru 2 bidirectional last",
        "8x4 | lstm 4 2 dropout=1 | linear 3 last",
        "1x1 | rnn 1 relu bidirectional last",
        "8x5 | lstm 6 2 proj_size=3 bidirectional | linear 4 last",
    ],
)
def test_every_claim_holds(text, dtype):
    assert [claim for claim in verify(load(text), dtype=dtype).claims if claim.verdict == "differs"] == []


def test_two_sequences(tmp_path):
    spec = tmp_path / "two.yaml"
    spec.write_text(
        "cnncalc: 1\nname: Two\ninputs: {a: 10x3, b: 7x4}\n"
        "layers:\n  - x = from a | lstm 6 last\n  - y = from b | gru 6 last\n  - concat(from x, from y) | linear 2\n"
    )
    assert [claim for claim in verify(load(spec)).claims if claim.verdict == "differs"] == []


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (
            "3x8x8 | lstm 4",
            "lstm needs a sequence (times, features); the input is 3x8x8",
            "of a map, make every place a time: flatten 1 | permute (1,0)",
        ),
        (
            "10x3 | gru 4 dropout=0.5",
            "dropout 0.5 stands between layers, and gru has one",
            "num_layers=2, or a dropout behind it",
        ),
        (
            "10x3 | lstm 4 proj_size=4",
            "proj_size 4 must be smaller than hidden_size 4",
            "leave it out for no projection",
        ),
    ],
)
def test_errors(text, message, hint):
    with pytest.raises(SpecError) as failed:
        load(text)
    assert (failed.value.problems[0].message, failed.value.problems[0].hint) == (message, hint)


SHARED = (
    "5x8; repeat(2, lstm 8, shared)",
    "5x8; repeat(3, gru 8, shared) | linear 4 last",
    "5x8; repeat(2, lstm 12 proj_size=8, shared)",
    "5x8; repeat(3, gru 4 2 bidirectional, shared)",
    "5x8; shared(a, lstm 8 2) | relu | shared(a)",
    "5x8; shared(a, lstm 8 3) | relu | shared(a)",
    "5x32; shared(a, lstm 16 bidirectional) | relu | shared(a)",
)


@pytest.mark.parametrize("dtype", ["float32", "autocast"])
@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("text", SHARED)
def test_shared_weights(text, batch, dtype):
    found = verify(load(text), batch=batch, dtype=dtype)
    assert found.holds, found.differences
