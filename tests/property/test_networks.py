"""Random networks: what is predicted holds for the module; the linter never fails; fixes mend."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import cnncalc
from cnncalc.analysis import analyse
from cnncalc.diagnostics import Source, SpecError, UsageError
from cnncalc.lint._index import RULES
from cnncalc.lint.engine import DEFAULT, lint_source
from cnncalc.lint.fix import fixed
from cnncalc.runtime.module import build
from cnncalc.runtime.same import differences
from cnncalc.runtime.verify import verify

sys.path.insert(0, str(Path(__file__).parent))
from blocks import specs
from networks import networks
from values import values

EVERY = DEFAULT._replace(
    rules=frozenset(rule.code for rule in RULES),
    declared={"batch": 2, "target": "onnx", "kind": "dense", "loss": "cross_entropy"},
)


LARGEST = 100_000_000
"""Bytes of a training step that a test may take."""


@settings(max_examples=80)
@given(networks(), st.sampled_from(("float32", "autocast")))
def test_every_claim_holds(text, dtype):
    """Shapes, parameters, MACs, saved bytes, receptive fields and peaks of the module that is built."""
    try:
        network = cnncalc.load(text)
    except SpecError:
        return
    if analyse(network.graph).totals.training_peak_bytes > LARGEST:
        return
    found = verify(network, dtype=dtype)
    assert found.holds, (text, found.differences)


@pytest.mark.filterwarnings(
    "ignore:LSTM with projections is not supported"
)  # said once, and none of the network's matter
@settings(max_examples=60)
@given(values(), st.sampled_from(("float32", "autocast")), st.integers(1, 3))
def test_every_claim_holds_however_often_a_value_exists(text, dtype, batch):
    network = cnncalc.load(text)
    found = verify(network, dtype=dtype, batch=batch)
    assert found.holds, (text, found.differences)
    inputs = [torch.rand(2, *(node.shape or ())) for node in network.graph.inputs]
    assert differences(build(network, style="flat"), build(network), inputs) == [], text


@settings(max_examples=100)
@given(specs())
def test_classes_per_block_say_the_same_as_every_layer_written_out(text):
    try:
        network = cnncalc.load(text)
        module = build(network, style="blocks")
    except (SpecError, UsageError):
        return
    inputs = [torch.rand(2, *(node.shape or ())) for node in network.graph.inputs]
    assert differences(build(network, style="flat"), module, inputs) == [], text


@settings(max_examples=150)
@given(networks())
def test_the_linter_never_fails(text):
    report = lint_source(Source("-e", text), EVERY)
    assert "LN007" not in {finding.code for finding in report.findings}, [
        f.message for f in report.findings if f.code == "LN007"
    ]


@settings(max_examples=60)
@given(networks())
def test_fixes_mend(text):
    head, _, stages = text.partition(" | ")
    source = Source("net.yaml", f"cnncalc: 1\ninput: {head}\nlayers:\n  - {stages}\n")
    result = fixed(source, EVERY, unsafe=True)
    again = lint_source(Source("net.yaml", result.text), EVERY)
    assert not again.unreadable
    before = lint_source(source, EVERY).findings
    for applied in result.applied:
        code = applied.finding.code
        assert (
            sum(f.code == code for f in again.findings) <= sum(f.code == code for f in before) + len(result.applied) - 1
        )
    if not any(finding.severity == "error" for finding in before):
        cnncalc.load(result.text)
