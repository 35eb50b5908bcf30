"""Repeats that gather, blocks without a place, letters in names."""

from __future__ import annotations

import importlib

import pytest
import torch

import cnncalc
from cnncalc.diagnostics import Source
from cnncalc.spec.rewrite import fmt

GATHERED = "4x6x6 | repeat(3, conv 2 3 p1, concat)"


def nodes(text):
    return cnncalc.load(text).graph.nodes


def test_every_turn_begins_with_all_values_so_far():
    found = [(node.op, node.inputs, node.shape) for node in nodes(GATHERED)[1:]]
    # what enters has 4 channels, every turn gives 2: 4, 6, 8 before the turns, 10 behind the last
    assert found == [
        ("concat", (0,), (4, 6, 6)),
        ("conv", (1,), (2, 6, 6)),
        ("concat", (0, 2), (6, 6, 6)),
        ("conv", (3,), (2, 6, 6)),
        ("concat", (0, 2, 4), (8, 6, 6)),
        ("conv", (5,), (2, 6, 6)),
        ("concat", (0, 2, 4, 6), (10, 6, 6)),
    ]


def test_a_repeat_that_never_runs_gathers_nothing():
    assert [node.op for node in nodes("4x6x6 | repeat(0, conv 2 3 p1, concat) | relu")] == ["input", "relu"]


@pytest.mark.parametrize("style", ["blocks", "flat"])
def test_the_module_is_the_loop_that_one_writes(style, tmp_path, monkeypatch):
    block = "blocks:\n  grow(n):\n    - repeat(n as i, concat):\n        - layer{i+1} = conv 2 3 p1\n"
    network = cnncalc.load(f"input: 4x6x6\n{block}layers:\n  - a = grow 3\n  - b = grow 2\n")
    (tmp_path / f"grow_{style}.py").write_text(cnncalc.emit(network, style=style), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    model = importlib.import_module(f"grow_{style}").Network()
    x = torch.rand(2, 4, 6, 6)
    wanted = x
    for part, turns in ((model.a, 3), (model.b, 2)):
        values = [wanted]
        for turn in range(turns):
            layer = part.get_submodule(f"layer{turn + 1}") if style == "blocks" else part[f"layer{turn + 1}"]
            values.append(layer(torch.cat(values, 1)))
        wanted = torch.cat(values, 1)
    assert torch.equal(model(x), wanted)


def test_it_is_printed_as_it_is_read():
    text = "input: 4x6x6\nlayers:\n  - repeat(3 as i, conv 2 3 p1, concat)\n"
    assert fmt(Source("grow", text)) == text


INLINE = """\
input: 3x8x8
blocks:
  unit(stage, place, c) inline:
    - res{stage}{letter(place)}_conv = conv c 3 p1
    - relu
  other inline: bn
layers:
  - unit 2 0 4
  - repeat(2 as i, unit 3 i 4)
  - last = conv 2 1
  - other
"""


def test_the_names_of_an_inline_block_are_names_around_the_call():
    found = [node.path for node in nodes(INLINE)]
    assert found == ["input", "res2a_conv", "1", "res3a_conv", "3", "res3b_conv", "5", "last", "7"]
    assert list(cnncalc.build(cnncalc.load(INLINE)).state_dict())[:3] == [
        "res2a_conv.weight",
        "res2a_conv.bias",
        "res3a_conv.weight",
    ]


def test_an_inline_block_has_no_class():
    with pytest.raises(cnncalc.UsageError, match="unit is inline"):
        cnncalc.emit(cnncalc.load(INLINE), style="blocks")


def test_letters_of_names_are_written_out():
    text = "input: 3x8x8\nblocks:\n  b(n):\n    - a{letter(n)} = conv 4 1\nlayers:\n  - x = b 1\n"
    assert "a" in cnncalc.build(cnncalc.load(text)).state_dict().popitem()[0]
    with pytest.raises(cnncalc.UsageError, match="letters in a name"):
        cnncalc.emit(cnncalc.load(text), style="blocks")
