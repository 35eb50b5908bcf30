"""``cnncalc fit``."""

from __future__ import annotations

POOLS = "3x224x224 | conv 96 11 s4 | maxpool 3 s2"


def test_the_ten_sizes_of_yolov2(call):
    # Redmon and Farhadi, YOLO9000 (2016), section 2: 320, 352, ..., 608
    done = call("fit", "specs/yolov2.yaml", "320..608")
    assert (done.code, done.err) == (0, "")
    assert [int(line) for line in done.out.splitlines()] == list(range(320, 609, 32))


def test_an_expression(call):
    # s4 takes 4n + 11, of which (n + 1 - 3) / 2 is whole for even n: 203 = 4*48 + 11, then every 8th
    done = call("fit", "-e", POOLS, "200..220")
    assert done.out.split() == ["203", "211", "219"]


def test_steps(call):
    assert call("fit", "-e", POOLS, "203..220:16").out.split() == ["203", "219"]


def test_reasons(call):
    done = call("fit", "-e", POOLS, "224..227", "--all")
    assert done.code == 0
    assert done.out.splitlines()[0] == "224  0: 54.25 -> 54, 1 row of the input lost"
    assert done.out.splitlines()[3] == "227  fits"


def test_none_fits(call):
    done = call("fit", "-e", POOLS, "224")
    assert (done.code, done.out) == (1, "")
    assert done.err == "none of these sizes fits: 224  0: 54.25 -> 54, 1 row of the input lost\n"


def test_exact_counts_padding(call):
    # (224 + 6 - 7) / 2 + 1 = 112.5: the row lost is padding; 225 gives 113
    stem = "3x224x224 | conv 64 7 s2 p3"
    assert call("fit", "-e", stem, "224..225").out.split() == ["224", "225"]
    assert call("fit", "-e", stem, "224..225", "--exact").out.split() == ["225"]


def test_parameters(call):
    spec = "cnncalc: 1\ninput: 1x8x8\nparams: {s: 2}\nlayers: [maxpool s]\n"
    assert call("fit", "-", "8..12", "--set", "s=5", stdin=spec).out.split() == ["10"]
