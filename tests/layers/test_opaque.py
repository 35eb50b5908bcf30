"""Layers whose facts are stated: analysed as stated, marked everywhere, written as an import, held by verify."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

import cnncalc
from cnncalc.analysis import analyse
from cnncalc.cli import main
from cnncalc.diagnostics import SpecError, UsageError
from cnncalc.runtime.verify import verify

CLASSES = """
import torch
from torch import nn


class Half(nn.Module):
    '''A convolution with stride 2: keeps its input.'''

    def __init__(self, before, after):
        super().__init__()
        self.inner = nn.Conv2d(before, after, 3, stride=2, padding=1)

    def forward(self, x):
        return self.inner(x)


class Odd(nn.Module):
    def forward(self, x):
        return x[:, :, 1:]


class Failing(nn.Module):
    def forward(self, x):
        raise ValueError("never")
"""

# a 3x3 convolution of 8 to 16 channels: 16*8*9 + 16 numbers, 1152 MACs at 8*8 places
HALF = (
    "opaque 16x8x8 parameters=1168 macs=73_728 kept=2048 kernel_size=3 stride=2 padding=1 "
    "source=their_layers.Half arguments=(8,16)"
)


def spec(layer: str) -> str:
    return f"3x16x16 | conv 8 3 p1 | {layer} | conv 4 3"


@pytest.fixture
def theirs(tmp_path, monkeypatch):
    (tmp_path / "their_layers.py").write_text(CLASSES, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    sys.modules.pop("their_layers", None)


def totals(text: str) -> Any:
    return analyse(cnncalc.load(text).graph).totals


def test_what_is_stated_counts_and_is_marked():
    found = totals(spec(HALF))
    # conv 8 3: 216 + 8 numbers, 216 * 256 MACs; conv 4 3 of 16: 576 + 4, 576 * 36
    assert found.params == 224 + 1168 + 580
    assert found.macs == 216 * 256 + 73_728 + 576 * 36
    assert found.stated == (1168, 73_728, 2 * 73_728, 2048 * 4)
    assert found.complete


def test_what_is_not_stated_is_unknown():
    analysis = analyse(cnncalc.load(spec("opaque 16x8x8 macs=5")).graph)
    row = analysis.rows[1]
    assert (row.params, row.macs, row.saved_bytes, row.receptive_field) == (None, 5, None, None)
    assert analysis.rows[2].receptive_field is None
    assert not analysis.totals.complete
    assert analysis.totals.params == 224 + 580


def test_the_window_that_is_stated_gives_the_field():
    rows = analyse(cnncalc.load(spec(HALF)).graph).rows
    # 3, then 3 + 2, then 5 + 2 * 2
    assert [row.receptive_field[0].size for row in rows if row.receptive_field] == [3, 5, 9]


@pytest.mark.usefixtures("theirs")
def test_verify_holds_what_is_stated():
    found = verify(cnncalc.load(spec(HALF)), batch=2)
    wrong = {(claim.kind, claim.layer) for claim in found.differences}
    # it keeps its input, 8*16*16 numbers, which the layer before made
    assert not wrong, found.differences


@pytest.mark.usefixtures("theirs")
@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (("parameters=1168", "parameters=1167"), "parameters"),
        (("macs=73_728", "macs=73_729"), "MACs"),
        (("kept=2048", "kept=2049"), "saved for backward"),
        (("stride=2 padding=1", "stride=2 padding=0"), "field within the image"),
    ],
)
def test_verify_finds_what_is_stated_wrongly(change, kind):
    found = verify(cnncalc.load(spec(HALF.replace(*change))))
    assert kind in {claim.kind for claim in found.differences}


@pytest.mark.usefixtures("theirs")
@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ("opaque 16x8x8 macs=1 parameters=1 kept=1", "'1' is opaque: without source=package.module.Class it can be"),
        ("opaque 16x8x8", "'1' does not state parameters=, macs=, kept=: nothing can be held"),
        (HALF.replace("their_layers", "no_such_module"), "'1': cannot import no_such_module.Half: No module named"),
        (HALF.replace("Half", "Whole"), "'1': cannot import their_layers.Whole"),
        (HALF.replace("(8,16)", "8"), "a class of an opaque layer cannot be called: Half.__init__() missing 1"),
        (HALF.replace("Half", "Odd").replace(" arguments=(8,16)", ""), "their_layers.Odd gives 8x15x16; 16x8x8 is"),
        (
            HALF.replace("Half", "Failing").replace(" arguments=(8,16)", ""),
            "their_layers.Failing fails on 8x16x16: never",
        ),
    ],
)
def test_what_cannot_be_run(layer, message):
    with pytest.raises(UsageError) as error:
        verify(cnncalc.load(spec(layer)))
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ("opaque 16x8x8 source=Half", "opaque: source is 'Half'"),
        ("opaque 16x8x8 macs=-1", "opaque: macs is -1; must be at least 0"),
        ("opaque", "opaque needs size"),
        ("opaque 16x8x8 source=os.system;print", ""),
    ],
)
def test_errors(layer, message):
    with pytest.raises(SpecError) as error:
        cnncalc.load(spec(layer))
    assert message in str(error.value)


def test_the_command_line_says_what_is_stated(capsys, tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(f"cnncalc: 1\ninput: 3x16x16\nlayers:\n  - conv 8 3 p1\n  - deform = {HALF}\n", encoding="utf-8")
    with pytest.raises(SystemExit) as done:
        main(["analyze", str(path)])
    assert done.value.code == 0
    out = capsys.readouterr().out
    assert "of which stated" in out
    assert "1,168 params, 73,728 MACs" in out
    assert "(deform)" in out
    with pytest.raises(SystemExit):
        main(["analyze", str(path), "--format", "json"])
    data = json.loads(capsys.readouterr().out)
    assert [layer["status"] for layer in data["layers"]] == ["exact", "stated"]
    assert data["totals"]["stated"] == {"params": 1168, "macs": 73_728, "flops": 147_456, "saved_bytes": 8192}
    with pytest.raises(SystemExit):
        main(["build", "--emit", "torch", str(path)])
    source = capsys.readouterr().out
    assert "import their_layers\n" in source
    assert "self.deform = their_layers.Half(8, 16)" in source


def test_what_is_not_stated_is_not_explained(capsys):
    with pytest.raises(SystemExit):
        main(["explain", "-e", "3x8x8 | opaque 4x4x4 macs=5", "0"])
    out = capsys.readouterr().out
    assert "MACs" in out
    assert "parameters\n" not in out
