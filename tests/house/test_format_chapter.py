"""docs/format.md: every network of the chapter on values of any shape is one, and has the size that stands behind it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch

import cnncalc

CHAPTER = (
    (Path(__file__).parents[2] / "docs/format.md")
    .read_text(encoding="utf-8")
    .split("## Values of any shape")[1]
    .split("\n## ")[0]
)
LINES = [line for block in re.findall(r"```\n(.*?)```", CHAPTER, re.DOTALL) for line in block.splitlines()]


@pytest.mark.parametrize("line", LINES)
def test_it_has_the_size_that_stands_behind_it(line):
    network = cnncalc.load(line)  # a size that is not the one behind the arrow is an error
    size = tuple(map(int, line.rpartition("-> ")[2].split("x")))
    source = tuple(map(int, re.match(r"[0-9x]+", line)[0].split("x")))
    assert tuple(cnncalc.build(line).eval()(torch.rand(2, *source)).shape) == (2, *size)
    assert network.graph.nodes[network.graph.outputs[0]].shape == size
