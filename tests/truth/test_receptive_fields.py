"""Receptive fields that others published, and those of the notes."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

import cnncalc
from cnncalc.analysis.field.receptive_field import receptive_fields
from cnncalc.diagnostics import Source
from cnncalc.graph import Graph, Input, Node
from cnncalc.layers.conv import Conv
from cnncalc.layers.merge import Add
from cnncalc.layers.pad import Pad
from cnncalc.layers.pool import MaxPool
from cnncalc.layers.pools import AvgPool

DATA = Path(__file__).parents[1] / "data"
TOYS = json.loads((DATA / "rf_toy.json").read_text(encoding="utf-8"))
NOTES = yaml.safe_load((DATA / "worked_examples.yaml").read_text(encoding="utf-8"))


def layer_of(row: dict[str, Any]) -> Any:
    if row["op"] == "add":
        return Add()
    begin, end = row.get("pad", (0, 0))
    if row.get("half"):
        begin = end = row["k"] // 2
    if row["op"] == "pad":
        return Pad(padding=((begin, end), (begin, end)))
    kernel = tuple(row.get("k_hw", (row.get("k"),) * 2))
    if row["op"] == "conv":
        return Conv(out_channels=1, kernel_size=kernel, stride=row["s"], padding=((begin, end),) * 2)
    kind = MaxPool if row["op"] == "max_pool" else AvgPool
    return kind(kernel_size=kernel, stride=row["s"], padding=begin)


def graph_of(toy: dict[str, Any], size: int) -> tuple[Graph, dict[str, int]]:
    """The toy as a graph; a layer with several inputs sums them.

    Where its paths have different kernels, padding makes their sizes agree; the size of a field does not depend on it.
    """
    several = any(len(row["inputs"]) > 1 and row["op"] != "add" for row in toy["layers"])
    toy = {**toy, "layers": [{**row, "half": several} for row in toy["layers"]]}
    nodes = [Node(0, "input", Input(), (), (1, size, size), None)]
    places = {"input": 0}

    def append(name: str, layer: Any, inputs: tuple[int, ...]) -> int:
        shapes = [nodes[i].shape or () for i in inputs]
        nodes.append(Node(len(nodes), name, layer, inputs, layer.infer(*shapes), None, weights=len(nodes)))
        places[name] = len(nodes) - 1
        return len(nodes) - 1

    for row in toy["layers"]:
        inputs = tuple(places[name] for name in row["inputs"])
        if len(inputs) > 1 and row["op"] != "add":
            inputs = (append(f"{row['name']}+", Add(), inputs),)
        append(row["name"], layer_of(row), inputs)
    return Graph(toy["id"], tuple(nodes), (len(nodes) - 1,), Source("toy", "")), places


ALIGNED = [toy for toy in TOYS if toy.get("layers") and toy["expect"].get("aligned", True)]


@pytest.mark.parametrize("toy", ALIGNED, ids=lambda toy: toy["id"])
def test_published_fields(toy: dict[str, Any]) -> None:
    graph, places = graph_of(toy, toy.get("input", 32))
    fields = receptive_fields(graph)
    last = fields[-1]
    assert last is not None
    expect = toy["expect"]
    height, width = last
    if "rf" in expect:
        assert height.size == expect["rf"]
    if "rf_h" in expect:
        assert (height.size, width.size) == (expect["rf_h"], expect["rf_w"])
    if "stride" in expect:
        assert height.jump == expect["stride"]
    if "padding" in expect:
        assert height.start == -expect["padding"]
    own = [fields[places[row["name"]]] for row in toy["layers"]]
    if "rf_per_layer" in expect:
        assert [field[0].size for field in own if field] == expect["rf_per_layer"]
    measures = {
        "rf_at": lambda field: field.size,
        "stride_at": lambda field: field.jump,
        "rf_max": lambda field: field.size,
        "rf_min": lambda field: field.shortest,
        "start_at": lambda field: str(field.centre + Fraction(1, 2)),
    }
    for key, measure in measures.items():
        for name, value in expect.get(key, {}).items():
            field = fields[places[name]]
            assert field is not None
            assert measure(field[0]) == (str(Fraction(value)) if key == "start_at" else value)
    for name, value in expect.get("out_sizes", {}).items():
        assert (graph.nodes[places[name]].shape or ())[1] == value


@pytest.mark.parametrize(
    "toy", [toy for toy in TOYS if toy.get("expect", {}).get("aligned") is False], ids=lambda toy: toy["id"]
)
def test_misaligned_paths_have_different_jumps(toy: dict[str, Any]) -> None:
    paths = {**toy, "layers": [row for row in toy["layers"] if row["op"] != "add"]}
    graph, places = graph_of(paths, 33)
    fields = receptive_fields(graph)
    jumps = {fields[places[name]][0].jump for name in toy["layers"][-1]["inputs"]}  # type: ignore[index]
    assert len(jumps) > 1


def sizes(text: str) -> list[int]:
    rows = cnncalc.analyze(text).layers
    return [row.receptive_field[0].size for row in rows if row.receptive_field]


def test_fields_of_the_notes() -> None:
    per_layer = [row["per_layer"] for row in NOTES["receptive_field"]]
    assert sizes("1x64 | conv 1 3 | conv 1 3 | conv 1 3") == per_layer[0]
    assert sizes("1x64 | conv 1 3 s2 | conv 1 3") == per_layer[1]
    assert sizes("1x64 | conv 1 3 | conv 1 3 d2 | conv 1 3 d4 | conv 1 3 d8") == per_layer[2]
    assert sizes("1x64x64 | conv 1 3 | conv 1 3") == per_layer[3]


@pytest.mark.parametrize(
    ("text", "size"),
    [
        # measured against the numeric gradient; the table in which other tools disagree
        ("1x32x32 | conv 1 3 | conv 1 3 | maxpool 2 | conv 1 3", 10),
        ("1x32x32 | conv 1 3 d2 | conv 1 3 s2", 7),
        ("1x33x33 | conv 1 3 s2 | convt 1 4 s2 | conv 1 3", 7),
        ("1x32x32; add(conv 1 3 p1, conv 1 7 p3)", 7),
        ("1x32x32 | maxpool 2 | upsample 2 | conv 1 3", 4),
        ("1x32 | conv 1 5 | conv 1 5 s2", 9),
    ],
)
def test_fields_where_other_tools_disagree(text: str, size: int) -> None:
    assert sizes(text)[-1] == size
