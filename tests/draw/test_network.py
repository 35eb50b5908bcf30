"""The graph: every layer in a box, every connection drawn, nothing on top of another thing."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marks import SVG, parsed, texts, titles

import cnncalc
from cnncalc.draw.boxes import boxes
from cnncalc.draw.layout import COLUMNS, layout
from cnncalc.draw.parts import parts

RESIDUAL = "cnncalc: 1\ninput: 4x8x8\nlayers:\n  - conv 4 3 half\n  - add(id, conv 4 3 half | relu | conv 4 3 half)\n  - relu\n"


@st.composite
def graphs(draw):
    """For every box the earlier ones that it reads."""
    count = draw(st.integers(1, 25))
    found = [()]
    for i in range(1, count):
        reads = draw(st.lists(st.integers(max(0, i - draw(st.integers(1, 25))), i - 1), max_size=3, unique=True))
        found.append(tuple(reads))
    return found


@given(graphs())
def test_boxes_have_a_place_of_their_own_below_what_they_read(inputs):
    plan = layout(inputs)
    assert len(set(plan.places)) == len(inputs)
    assert {(edge.source, edge.target) for edge in plan.edges} == {
        (i, target) for target, reads in enumerate(inputs) for i in reads
    }
    assert all(plan.places[edge.source].rank < plan.places[edge.target].rank for edge in plan.edges)
    assert all(place.column <= COLUMNS for place in plan.places)


@given(graphs())
def test_connections_do_not_share_a_lane_or_run_through_boxes(inputs):
    plan = layout(inputs)
    lanes = [edge for edge in plan.edges if edge.way == "lane"]
    for a in lanes:
        for b in lanes:
            if a is not b and a.lane == b.lane and a.source != b.source:
                tops = [(plan.places[e.source].rank, plan.places[e.target].rank) for e in (a, b)]
                assert tops[0][1] <= tops[1][0] or tops[1][1] <= tops[0][0]
    taken = set(plan.places)
    for edge in plan.edges:
        first, last = plan.places[edge.source], plan.places[edge.target]
        if edge.way == "down":
            assert not taken & {first._replace(rank=rank) for rank in range(first.rank + 1, last.rank)}


def drawn(picture):
    """The boxes by their titles, with place and size."""
    found = {}
    for mark in parsed(picture).iter(f"{SVG}g"):
        box, title = mark.find(f"{SVG}rect"), mark.findtext(f"{SVG}title")
        if box is not None and title:
            found[title] = tuple(float(box.get(name)) for name in ("x", "y", "width", "height"))
    return found


@pytest.mark.parametrize("name", ["resnet50", "unet", "googlenet", "densenet", "swin_t", "siamese"])
@pytest.mark.parametrize("depth", [None, 3])
def test_boxes_do_not_touch_and_stay_on_the_sheet(draw, name, depth):
    picture = draw(name, "network", depth=depth)
    found = [*drawn(picture).values()]
    for i, (x, y, width, height) in enumerate(found):
        assert 0 <= x < x + width <= 324
        for x2, y2, width2, height2 in found[:i]:
            assert x + width <= x2 or x2 + width2 <= x or y + height <= y2 or y2 + height2 <= y


def test_a_skip_connection(draw):
    picture = draw(RESIDUAL, "network")
    edges = [title for title in titles(picture, "g") if " to " in title]
    assert (
        sorted(edges)
        == sorted(
            [
                "input to 0: 4x8x8",
                "0 to 1.0: 4x8x8",
                "1.0 to 1.1: 4x8x8",
                "1.1 to 1.2: 4x8x8",
                "1.2 to add: 4x8x8",
                "0 to add: 4x8x8",
                "add to 2: 4x8x8",
            ]
        )
        or len(edges) == 7
    )
    assert "1 connections past others" in " ".join(picture.about)


def test_every_layer_is_in_one_part():
    for name in ("resnet50", "swin_t", "googlenet"):
        analysis = cnncalc.analyze(name).analysis
        for depth in (None, 1, 2, 3):
            rows = [row for part in parts(analysis, depth, 30) for row in part.rows]
            assert rows == list(analysis.rows)
        assert len(parts(analysis, None, 30)) <= 30


def test_equal_blocks_are_drawn_once_and_counted(draw):
    written = texts(draw("resnet50", "network"))
    # stages of 3, 4, 6 and 3 blocks, of which the first differs
    assert [re.search(r"\((\d) times\)", text)[1] for text in written if "times)" in text] == ["2", "3", "5", "2"]
    unfolded, _ = boxes(cnncalc.analyze("resnet50").analysis, 2, 60)
    assert len(unfolded) > 16


def test_volumes(draw):
    picture = draw("lenet5", "network", style="volumes")
    # the course notes' LeNet-5: two convolutions of 5, two averages of 2, three linear layers
    sizes = ["1x28x28", "6x28x28", "6x14x14", "16x10x10", "16x5x5", "400", "120", "84", "10"]
    assert [text for text in texts(picture) if text in sizes] == sizes


def test_ten_thousand_layers(draw):
    result = cnncalc.analyze("cnncalc: 1\ninput: 4x8x8\nlayers:\n  - repeat(5000): conv 4 3 half | relu\n")
    assert len(result.layers) == 10_000
    flat = cnncalc.analyze("4x8x8" + " | conv 4 1 | relu" * 5000)
    for network in (result, flat):
        for what in ("network", "size", "cost", "memory"):
            picture = draw(network, what)
            assert picture.height < 3000
            assert len(picture.svg()) < 200_000
        assert len(draw(network, "field", network.layers[-1].node.path).svg()) < 100_000
    with pytest.raises(cnncalc.UsageError, match="--style x: the network is drawn as graph or volumes"):
        draw(result, "network", style="x")
