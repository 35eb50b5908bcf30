"""The examples of the format's description: sizes behind arrows and expected figures are checked when they are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnncalc.analysis import analyse
from cnncalc.analysis.expectations import unmet
from cnncalc.api import expanded
from cnncalc.diagnostics import Source
from cnncalc.spec import read

EXAMPLES = (Path(__file__).parents[1] / "data" / "format_examples.yaml").read_text(encoding="utf-8").split("\n---\n")


@pytest.mark.parametrize("text", EXAMPLES, ids=lambda text: text.partition("name:")[2].partition("\n")[0].strip())
def test_example(text):
    network = expanded(read(Source("example", text)), strict=True)
    assert not unmet(network.spec, analyse(network.graph))
