"""Blocks that are called again are copied: the graph is the one that expanding every call anew would give."""

from __future__ import annotations

import gc
from contextlib import suppress
from pathlib import Path

import pytest

import cnncalc
from cnncalc.diagnostics import Source
from cnncalc.network import expand
from cnncalc.network.trace import Trace
from cnncalc.spec import read

SPECS = Path(__file__).parents[2] / "specs"

HEAD = "cnncalc: 1\ninput: 8x16x16\n"

NETWORKS = {
    "the same block again": "blocks:\n  b(c): conv c 3 p1 | bn | relu\nlayers:\n  - repeat(4, b 8)\n  - b 8",
    "within another": (
        "blocks:\n  a(c): conv c 3 p1 | relu\n  b(c, n): repeat(n, a c)\nlayers:\n  - b 8 3\n  - b 8 3\n  - x = b 8 2\n  - b 8 2"
    ),
    "a true argument is not 1": "blocks:\n  b(x): conv 8 1 bias=x\nlayers:\n  - b true\n  - b false\n  - b true",
    "a word as an argument": "blocks:\n  b(act): conv 8 1 | act\nlayers:\n  - b relu\n  - b gelu\n  - b relu\n  - b gelu",
    "a named value as an argument": (
        "blocks:\n  b(x): add(conv 8 1, from x)\nlayers:\n  - a = conv 8 1\n  - c = conv 8 1\n  - b a\n  - b c\n  - b a"
    ),
    "another size enters": "blocks:\n  b: conv 8 3\nlayers:\n  - repeat(5, b)",
    "a name for what enters": (
        "blocks:\n  b:\n    - x = id\n    - add:\n        - conv 8 1\n        - from x\nlayers:\n  - conv 8 1\n  - repeat(3, b)\n  - b"
    ),
    "an empty branch gets a name": "blocks:\n  b(s):\n    - conv 8 1 s=s | relu\n    - down = if(s > 1, conv 8 1)\nlayers:\n  - repeat(3, b 1)\n  - b 2\n  - b 2",
    "shared weights within": "blocks:\n  b: shared(w, conv 8 3 p1) | relu | shared(w)\nlayers:\n  - repeat(3, b)",
    "shared weights around": "blocks:\n  b: conv 8 3 p1 | relu\nlayers:\n  - shared(w, b)\n  - b\n  - shared(w)\n  - b",
    "turns that share": "blocks:\n  b: conv 8 3 p1 | relu\nlayers:\n  - repeat(3, b, shared)\n  - b",
    "a section within": "blocks:\n  b:\n    - group(inner): [conv 8 1, relu]\nlayers:\n  - b\n  - group(outer): [b, b]",
    "inline": "blocks:\n  b(i) inline:\n    - c{i} = conv 8 1\n    - r{i} = relu\nlayers:\n  - repeat(3 as i, b i)",
    "the same name again": "blocks:\n  b: conv 8 1 | relu\nlayers:\n  - repeat(2):\n      - x = b",
    "a path that is taken": "blocks:\n  b: c = conv 8 1\nlayers:\n  - x = b\n  - y.c = conv 8 1\n  - y = b",
    "a wrong block": "blocks:\n  b: conv 8 99 | relu\nlayers:\n  - b\n  - b",
    "wrong the second time": "blocks:\n  b: conv 8 7 | relu\nlayers:\n  - repeat(4, b)",
    "values once per network": "blocks:\n  b:\n    - add:\n        - id\n        - param 8x1x1\nlayers:\n  - repeat(3, b)",
    "truth values": "blocks:\n  b:\n    - where:\n        - gt(id, number 0)\n        - conv 8 1\n        - id\nlayers:\n  - repeat(3, b)",
    "windows": "blocks:\n  b: windows 4 | conv 8 1 | unwindows 4 16x16\nlayers:\n  - repeat(3, b)",
    "unpool": "blocks:\n  b:\n    - p = maxpool 2\n    - unpool p\nlayers:\n  - repeat(3, b)",
    "nothing within": "blocks:\n  b(n): repeat(n, conv 8 1)\nlayers:\n  - b 0\n  - b 0\n  - b 1\n  - b 0",
}


def graphs(text: str) -> tuple[object, object]:
    """The graph, and the one that is made while a trace watches, for which every call is expanded."""
    spec = read(Source("<text>", text))
    return expand(spec), expand(spec, trace=Trace())


def same(a: object, b: object) -> None:
    nodes, others = a.nodes, b.nodes  # type: ignore[attr-defined]
    for one, other in zip(nodes, others, strict=True):
        assert one == other
    assert a == b


@pytest.mark.parametrize("text", NETWORKS.values(), ids=NETWORKS)
def test_graphs_are_equal(text: str) -> None:
    same(*graphs(HEAD + text + "\n"))


@pytest.mark.parametrize("path", sorted(SPECS.glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_graphs_are_equal(path: Path) -> None:
    same(*graphs(path.read_text(encoding="utf-8")))


def test_limits_hold_for_copies() -> None:
    """10 x 10 x 10 x 10 x 10 layers in a short text are too many, however they are made."""
    blocks = "".join(f"  b{i + 1}: repeat(10, b{i})\n" for i in range(4))
    text = f"{HEAD}blocks:\n  b0: repeat(10, relu)\n{blocks}layers:\n  - b4\n"
    spec = read(Source("<text>", text))
    graph = expand(spec)
    assert [problem.message for problem in graph.problems] == ["the network has more than 12,000 layers"]
    assert graph.problems == expand(spec, trace=Trace()).problems


@pytest.mark.parametrize("text", ["3x8x8 | conv 8 3", "3x8x8 | conv 8 99", "3x8x8 | nothing"])
def test_garbage_is_looked_for_again(text: str) -> None:
    assert gc.isenabled()
    with suppress(cnncalc.SpecError):
        cnncalc.analyze(text)
    assert gc.isenabled()
    gc.disable()
    with suppress(cnncalc.SpecError):
        cnncalc.load(text, strict=False)
    left_alone = not gc.isenabled()
    gc.enable()
    assert left_alone
