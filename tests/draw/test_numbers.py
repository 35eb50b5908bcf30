"""Pictures of numbers: cost, size, memory, pareto, roofline, time; the figures on them against arithmetic and published ones."""

from __future__ import annotations

import json
import re

import pytest
from marks import SVG, parsed, texts, titles

import cnncalc
from cnncalc.analysis.memory import timeline
from cnncalc.catalogue import shipped_specs
from cnncalc.draw.chart import compact, decades, ticks
from cnncalc.draw.pareto import Dot, front


def figures(picture, name):
    """What the bars of a layer say."""
    return [title.removeprefix(f"{name}: ") for title in titles(picture) if title.startswith(f"{name}: ")]


def test_costs_of_a_layer(draw):
    # AlexNet's first layer: 96 filters of 11x11x3 and a bias each; 55*55 positions of 96 channels, 363 products and 4 bytes each
    params, macs, activations = figures(draw("alexnet", "cost"), "conv1")
    assert params.startswith("34,944 parameters, ")
    assert macs.startswith("105,415,200 MACs, ")
    assert activations.startswith("1,161,600 bytes activations, ")


def test_bars_are_as_long_as_their_figures(draw):
    bars = {}
    for mark in parsed(draw("alexnet", "cost")).iter(f"{SVG}rect"):
        match = re.match(r"([^:]*): ([\d,]+) MACs", mark.findtext(f"{SVG}title") or "")
        if match:
            bars[match[1]] = (int(match[2].replace(",", "")), float(mark.get("width")))
    longest = max(bars.values())
    assert all(width == pytest.approx(longest[1] * macs / longest[0], abs=0.01) for macs, width in bars.values())
    assert sum(macs for macs, _ in bars.values()) == cnncalc.analyze("alexnet").totals.macs


@pytest.mark.parametrize("depth", [None, 1, 2])
def test_folded_blocks_add_up(draw, depth):
    picture = draw("resnet50", "cost", depth=depth)
    params = [
        int(found.replace(",", ""))
        for title in titles(picture)
        for found in re.findall(r": ([\d,]+) parameters", title)
    ]
    assert sum(params) == 25_557_032  # torchvision's documentation


def test_a_depth_that_is_too_deep(draw):
    with pytest.raises(
        cnncalc.UsageError, match=r"--depth 2 gives 2,000 parts, of which 1,000 can be drawn: use a smaller depth"
    ):
        draw("cnncalc: 1\ninput: 4x8x8\nlayers:\n  - repeat(2000): conv 4 1\n", "cost", depth=2)


def test_sizes_from_input_to_output(draw):
    found = [title for title in titles(draw("alexnet", "size")) if not title.startswith("input")]
    shapes = [title.partition(": ")[2] for title in found]
    # the sizes of the course notes, once per column (channels; height and width)
    assert [*dict.fromkeys(shapes)] == [
        "96x55x55", "96x27x27", "256x27x27", "256x13x13", "384x13x13", "256x6x6", "9216", "4096", "1000",
    ]  # fmt: skip


def test_sizes_of_different_axes_have_their_own_column(draw):
    written = texts(draw("1x8x4x6 | conv 2 3", "size"))
    assert {"channels", "depth", "height", "width"} <= set(written)
    assert "height = width" in texts(draw("1x8x4x4 | conv 2 3", "size"))


def test_live_bytes_by_hand():
    # float32: the input has 16 numbers, the output of the first layer 4, of the second 4
    found = timeline.inference(cnncalc.analyze("1x4x4 | conv 1 3 | relu").analysis)
    assert [moment.bytes for moment in found.moments] == [64, 64 + 16, 16 + 16]
    assert found.peak == (timeline.Held("input", 64), timeline.Held("0 conv", 16))


@pytest.mark.parametrize("name", [*shipped_specs(), "big"])
def test_the_line_has_the_peak_of_the_totals(name):
    spec = (
        "cnncalc: 1\ninput: 3x8x8\nlayers:\n  - repeat(30): conv 4 3 half | bn | dropout | relu inplace\n"
        if name == "big"
        else name
    )
    for options in ({}, {"batch": 3, "optimizer": "adam"}):
        result = cnncalc.analyze(spec, **options)
        totals = result.totals
        found = timeline.inference(result.analysis)
        assert found.moments[found.top].bytes == totals.inference_peak_bytes
        assert sum(held.bytes for held in found.peak) == totals.inference_peak_bytes
        found = timeline.step(result.analysis)
        assert found.moments[found.top].bytes + found.base == totals.training_peak_bytes
        assert sum(held.bytes for held in found.peak) == found.moments[found.top].bytes
        assert all(held.bytes > 0 for held in found.peak)


def test_the_peak_is_marked_and_its_tensors_named(draw):
    picture = draw("1x4x4 | conv 1 3 | relu", "memory")
    assert "peak 80 B at 0 conv" in texts(picture)
    assert "inference, 0 conv: 80 B" in titles(picture)
    assert "input: 64 bytes" in titles(picture)


def test_the_front_is_what_no_other_beats():
    dots = [Dot("a", 1, 9), Dot("b", 2, 5), Dot("c", 3, 6), Dot("d", 4, 2), Dot("e", 4, 3), Dot("f", 2, 5)]
    assert [dot.name for dot in front(dots)] == ["a", "b", "f", "d"]


def test_pareto(draw):
    picture = draw(["resnet18", "resnet50", "squeezenet1_1"], "pareto")
    # torchvision's documentation: 11,689,512, 25,557,032 and 1,235,496 parameters; 1.81, 4.09 and 0.35 GMACs
    said = titles(picture, "circle")
    assert "SqueezeNet 1.1" in " ".join(picture.about)
    assert any("25,557,032 parameters" in title and "front" not in title for title in said)
    assert any("1,235,496 parameters, on the front" in title for title in said)


@pytest.mark.parametrize(
    ("specs", "against", "message"),
    [
        (["lenet5"], ("macs", "params"), "draw pareto compares networks: give two specs or more"),
        (["lenet5", "alexnet"], ("macs", "parms"), "--against: there is no figure 'parms'; did you mean 'params'?"),
        (["lenet5", "1x4x4 | relu"], ("macs", "params"), "has no MACs or no parameters, or they are unknown"),
    ],
)
def test_what_cannot_be_compared(draw, specs, against, message):
    with pytest.raises(cnncalc.UsageError, match=re.escape(message)):
        draw(specs, "pareto", against=against)


# ---------------------------------------------------------------------------------------------- measured

LAYER = {
    "path": "0",
    "op": "conv",
    "measured": {"median_s": 2e-3},
    "least_s": 1e-3,
    "bound": "compute",
    "flops": 10**9,
    "moved_bytes": 10**7,
}
TIMING = {
    "network": "Net",
    "mode": "eager",
    "batch": 1,
    "train": False,
    "measured": {"median_s": 3e-3, "iqr_s": 1e-4},
    "least_s": 1e-3,
}
TIMES = {
    "environment": {"device": "cpu"},
    "roofline": {"flops_per_second": 10**12, "bytes_per_second": 10**10},
    "timings": [
        TIMING | {"layers": [LAYER, LAYER | {"path": "1", "op": "relu", "flops": 0, "measured": {"median_s": 1e-3}}]}
    ],
}


def test_a_dot_lies_at_its_intensity_and_speed(draw):
    picture = draw([], "roofline", measured=TIMES)
    # 10^9 FLOPs of 10^7 bytes in 2 ms: 100 FLOPs per byte, 5 * 10^11 a second; the roof bends at 10^12 / 10^10 = 100
    dot = next(parsed(picture).iter(f"{SVG}circle"))
    assert dot.findtext(f"{SVG}title") == "0 conv: 2 ms, 100 FLOPs per byte, 500 GFLOP/s"
    roof = next(
        mark
        for mark in parsed(picture).iter(f"{SVG}path")
        if (mark.findtext(f"{SVG}title") or "").startswith("the roof")
    )
    bend = roof.get("d").split("L")[1].split()
    assert float(dot.get("cx")) == pytest.approx(float(bend[0]), abs=0.01)
    assert float(dot.get("cy")) > float(bend[1])
    assert "1 layers without arithmetic are left out." in " ".join(picture.about)


def test_times_of_layers_and_of_networks(draw):
    assert titles(draw([], "time", measured=TIMES)) == ["0 conv: 2 ms, at least 1 ms", "1 relu: 1 ms, at least 1 ms"]
    whole = {**TIMES, "timings": [TIMING, TIMING | {"batch": 8, "train": True}]}
    assert titles(draw([], "time", measured=whole)) == [
        "Net, eager, batch 1: 3 ms, at least 1 ms",
        "Net, eager, batch 8, training: 3 ms, at least 1 ms",
    ]


@pytest.mark.parametrize(
    ("what", "data", "message"),
    [
        ("roofline", None, "draw roofline takes what 'cnncalc time --per-layer --format json' printed, not a spec"),
        ("roofline", {"timings": [TIMING]}, "draw roofline needs the times of the layers: cnncalc time SPEC --per-layer --format json"),
        ("roofline", {**TIMES, "roofline": None}, "draw roofline needs what the device reaches: cnncalc time without --no-roofline"),
        ("roofline", {**TIMES, "timings": [TIMING | {"layers": [LAYER | {"flops": None}]}]}, "draw roofline: no layer does arithmetic"),
        ("time", {"timings": []}, "draw time: this is no answer of cnncalc time --format json"),
        ("time", {"timings": [{}]}, "draw time: this is no answer of cnncalc time --format json"),
        ("time", {"timings": [TIMING | {"measured": {"median_s": "NaN", "iqr_s": 0}}]}, "draw time: this is no answer"),
        ("time", {"timings": [1]}, "draw time: this is no answer of cnncalc time --format json"),
    ],
)  # fmt: skip
def test_what_was_not_measured(draw, what, data, message):
    with pytest.raises(cnncalc.UsageError, match=re.escape(message)):
        draw([], what, measured=data)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"timings": 1}'])
def test_what_is_no_file_of_times(text):
    from cnncalc.draw.measured import parse

    with pytest.raises(cnncalc.UsageError, match=r"x.json is no answer of cnncalc time --format json"):
        parse(text, "x.json")


def test_times_come_through_json(draw):
    from cnncalc.draw.measured import parse

    assert draw([], "time", measured=parse(json.dumps(TIMES), "x.json")).svg() == draw([], "time", measured=TIMES).svg()


# ---------------------------------------------------------------------------------------------- figures in few characters


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (7, "7"),
        (999, "999"),
        (999.6, "1 k"),
        (1234, "1.23 k"),
        (25_557_032, "25.6 M"),
        (999_999, "1 M"),
        (1e12, "1 T"),
        (0.5, "0.5"),
    ],
)
def test_three_digits(value, text):
    assert compact(value) == text


def test_round_numbers():
    assert ticks(10) == [0, 5, 10]
    assert ticks(0) == [0]
    assert decades(3, 250) == [1, 10, 100, 1000]
