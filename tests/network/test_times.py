"""How often a value exists, and what follows from it: costs, bytes, tables, JSON, emitted code."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import cnncalc
from cnncalc.codegen import emit
from cnncalc.runtime.verify import verify

TOKENS = "10x16 | linear 16 last | concat(learned 1x16 leading, id) | add(id, learned 11x16 leading std=0.02) | ln"
GATE = "4x8x8 | conv 4 1 | concat(learned 3x8x8 | conv 4 1 | relu, id)"


def rows(text, batch=1):
    return {row.node.path: row for row in cnncalc.analyze(text, batch=batch).layers}


def test_a_learned_value_exists_once_per_network_and_what_meets_a_sample_once_per_sample():
    times = {path: row.node.times for path, row in rows(TOKENS).items()}
    assert times == {"0": 1, "1": 0, "concat": 1, "2": 0, "add": 1, "3": 1}


def test_costs_and_bytes_of_what_exists_once_do_not_grow_with_the_batch():
    one, many = rows(GATE), rows(GATE, batch=8)
    # learned 3x8x8 through conv 4 1: 4 * 3 * 64 MACs, 4 * 64 * 4 bytes
    assert one["2"].macs == many["2"].macs == 4 * 3 * 64
    assert one["2"].output_bytes == many["2"].output_bytes == 4 * 64 * 4
    assert many["0"].macs == 8 * one["0"].macs


@pytest.mark.parametrize("text", [TOKENS, GATE])
@pytest.mark.parametrize("batch", [1, 3])
def test_every_claim_holds(text, batch):
    found = verify(cnncalc.load(text), batch=batch)
    assert found.holds, found.differences


def test_the_source_stretches_only_where_torch_does_not():
    source = emit(
        cnncalc.load("10x16; cls = learned 1x16 leading; from input | concat(from cls, id) | mul(id, learned 11x16)"),
        style="flat",
    )
    assert "x = torch.cat([self.cls.expand(x.shape[0], -1, -1), x], dim=1)  # 11x16" in source
    assert 'x = x * self.get_parameter("1")  # 11x16' in source


def test_state_dict_has_the_stored_shape():
    module = cnncalc.build("10x16 | mul(id, learned 10x16) | add(id, learned 10x16 leading)")
    assert {name: tuple(value.shape) for name, value in module.state_dict().items()} == {
        "0": (10, 16),
        "1": (1, 10, 16),
    }


def test_table_and_json_say_how_often():
    command = [sys.executable, "-m", "cnncalc", "analyze", "-e", TOKENS]
    table = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert [line.split()[3] for line in table.splitlines() if line.startswith(("1  ", "2  "))] == ["once", "once"]
    plain = subprocess.run([*command[:-1], "3x8x8 | conv 4 3"], capture_output=True, text=True, check=True).stdout
    assert "exists" not in plain
    data = json.loads(subprocess.run([*command, "--format", "json"], capture_output=True, text=True, check=True).stdout)
    assert [layer["times"] for layer in data["layers"]] == [1, 0, 1, 0, 1, 1]
