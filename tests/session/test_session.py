"""An analysis made from the one before is the one that is made anew."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

import cnncalc

SPECS = sorted((Path(__file__).parents[2] / "specs").glob("*.yaml"))
HEAD = ["cnncalc: 1", "input: 3x40x40", "layers:"]
LAYERS = (
    "conv 8 3 p1", "conv 12 3 p1 nobias", "conv 8 1", "conv 6 5 p2", "depthwise 3 p1", "bn", "relu", "relu inplace", "gelu", "id | relu",
    "dropout 0.3", "maxpool 3 s1 p1", "avgpool 3 s1 p1", "groupnorm 2", "conv 8 3 p1 | bn | relu", "maxpool 2", "conv 16 3 s2 p1",
    "prelu", "leakyrelu", "lrn 5", "upsample 2", "flatten", "linear 10", "unknown 3", "conv", "conv 8 99", "conv 8 3 pp", "x = relu",
    "add(id, relu)", "from x", "pad 1", "unfold 3 p1", "permute 0 2 1", "stochasticdepth 0.1", "softmax", "gap", "concat(id, relu)",
)  # fmt: skip


def told(analyze):
    """Everything that an analysis says, or what is wrong."""
    try:
        analysis = analyze().analysis
    except cnncalc.SpecError as error:
        return str(error)
    graph = analysis.graph
    return analysis.rows, analysis.totals, graph.nodes, graph.outputs, graph.name, graph.source.text


def edited(lines: list[str], at: int, random: Random) -> list[str]:
    """A line less, more, or another one, somewhere from ``at`` on."""
    place = random.randrange(at, len(lines))
    indent = lines[place][: len(lines[place]) - len(lines[place].lstrip())]
    fresh = [f"{indent}- {random.choice(LAYERS)}" for _ in range(random.choice((1, 1, 1, 2)))]
    kind = random.random()
    if kind < 0.2:
        return [*lines[:place], *lines[place + 1 :]]
    return [*lines[:place], *fresh, *lines[place + (kind < 0.7) :]]


def follow(lines: list[str], at: int, random: Random, turns: int, **options) -> int:
    """Edit after edit; what is broken is taken back. How many were not analysed anew."""
    session, sooner = cnncalc.Session(**options), 0
    told(lambda: session.analyze("\n".join([*lines, ""])))
    for _ in range(turns):
        text = "\n".join([*(tried := edited(lines, at, random)), ""])
        found = told(lambda text=text: session.analyze(text))
        wanted = told(lambda text=text: cnncalc.analyze(text, **options))
        assert found == wanted, text
        sooner += session.edited
        lines = lines if isinstance(found, str) else tried
    return sooner


@pytest.mark.parametrize("seed", range(12))
def test_edits_of_made_networks(seed):
    random = Random(seed)  # noqa: S311 (which edits are tried is no secret)
    body = [f"  - {layer}" for layer in ("conv 8 3", *random.choices(LAYERS[:15], k=60))]
    options = random.choice(
        ({}, {"batch": 3}, {"optimizer": "adam"}, {"dtype": "float16", "batch": 2}, {"optimizer": "momentum"})
    )
    assert follow([*HEAD, *body], len(HEAD), random, 60, **options) > 5


@pytest.mark.parametrize("seed", range(6))
def test_edits_beside_structure(seed):
    random = Random(seed)  # noqa: S311 (which edits are tried is no secret)
    blocks = ["blocks:", "  unit(n):", "    - conv n 3 p1", "    - add(id, bn | relu)"]
    body = [f"  - {layer}" for layer in ("conv 8 3", *random.choices(LAYERS[:15], k=30))]
    for structure in (
        "unit 8",
        "add(id, bn)",
        "tail = conv 8 3 p1",
        "# a comment",
        "repeat(3, unit 8)",
        "shared(w, conv 8 1)",
    ):
        body.insert(random.randrange(2, len(body)), f"  - {structure}" if structure[0] != "#" else f"  {structure}")
    body += [
        "  - x = conv 8 3 p1",
        "  - relu",
        "  - conv 8 3 p1",
        "  - add(id, from x)",
        "  - gap",
        "  - flatten",
        "  - linear 10",
    ]
    assert follow([*HEAD[:2], *blocks, HEAD[2], *body], 7, random, 60) > 5


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_edits_of_shipped_specs(path):
    lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    follow(lines, 1, Random(path.stem), 3)  # noqa: S311 (as above)


def test_an_edit_of_one_number_is_worked_out_where_it_stands():
    lines = [*HEAD, *[f"  - conv {8 + i % 5} 3 p1" for i in range(50)], ""]
    session = cnncalc.Session()
    before = session.analyze("\n".join(lines))
    lines[20] = "  - conv 100 3 p1"
    after = session.analyze("\n".join(lines))
    assert session.edited
    # line 20 is the 18th layer: 10 channels before, of 9, into 11
    assert after.totals.params - before.totals.params == (100 - 10) * (9 * 9 + 1 + 11 * 9)


def test_the_same_text_and_a_text_behind_a_broken_one():
    text = "\n".join([*HEAD, *[f"  - conv {8 + i % 5} 3 p1" for i in range(9)], ""])
    session = cnncalc.Session()
    first = session.analyze(text)
    assert session.analyze(text).analysis is first.analysis
    with pytest.raises(cnncalc.SpecError, match="unknown layer 'con'"):
        session.analyze(text.replace("conv 9 3 p1", "con", 1))
    assert not session.edited
    again = session.analyze(text.replace("conv 9 3 p1", "conv 7 3 p1", 1))
    assert session.edited
    assert again.totals.params == first.totals.params - 2 * (8 * 9 + 1) - 2 * 10 * 9


def test_what_is_given_holds_for_every_text():
    lines = [*HEAD, *[f"  - conv {8 + i % 5} 3 p1" for i in range(9)], ""]
    session = cnncalc.Session(inputs=(1, 8, 8), batch=4)
    session.analyze("\n".join(lines))
    lines[7] = "  - conv 7 3 p1"
    assert told(lambda: session.analyze("\n".join(lines))) == told(
        lambda: cnncalc.analyze("\n".join(lines), inputs=(1, 8, 8), batch=4)
    )
    assert session.edited
