"""``cnncalc explain``."""

from __future__ import annotations

import json

STEM = "3x224x224 | conv 96 11 s4 | relu"


def test_formula_numbers_result(call):
    done = call("explain", "alexnet", "conv2")
    assert (done.code, done.err) == (0, "")
    assert "floor((27 + 2*2 - 5) / 1) + 1\n    = 27" in done.out
    assert "= 614,656" in done.out  # 256 * 96 * 25 + 256


def test_with_an_expression_the_layer_is_the_only_argument(call):
    done = call("explain", "-e", STEM, "conv", "--format", "json")
    step = json.loads(done.out)["steps"][0]
    assert step["exact"] == "217/4"  # (224 - 11) / 4 + 1
    assert step["result"] == "54"


def test_for_slides(call):
    assert r"\tfrac{217}{4}" in call("explain", "-e", STEM, "conv", "--format", "latex").out
    assert "exactly 217/4 = 54.25" in call("explain", "-e", STEM, "conv", "--format", "markdown").out


def test_why(call):
    # torchvision's AlexNet: window 11, stride 4, padding 2: (224 + 4 - 11) / 4 + 1 = 55.25
    done = call("explain", "-e", STEM, "conv", "--why", "55")
    assert done.code == 0
    assert ["11", "4", "2", "55.25", "1"] in [line.split() for line in done.out.splitlines()]


def test_a_broken_layer_is_explained_once(call):
    done = call("explain", "-e", "3x8x8 | conv 8 9 | relu", "conv")
    assert done.code == 2
    assert (done.out + done.err).count("window 9 is larger than the input 8") == 1


def test_problems_elsewhere_are_told(call):
    done = call("explain", "-e", "3x8x8 | conv 8 9 | relu", "relu")
    assert done.code == 2
    assert "window 9 is larger than the input 8" in done.err


def test_to_a_file(call, tmp_path):
    done = call("explain", "-e", STEM, "conv", "-o", str(tmp_path / "out.txt"))
    assert done.out == ""
    assert "54.25" in (tmp_path / "out.txt").read_text()


def test_a_window_that_rounding_up_leaves_out(call):
    done = call("explain", "-e", "1x22 | maxpool 4 s3 p2 ceil", "maxpool")
    # 25/3 rounds up to 9 windows; the ninth would begin at 8*3 = 24, where the input and the padding before it, 22 + 2, end
    assert "floor((22 + 2*2 - 4) / 3) + 1\n    = 8\n" in done.out
    assert "the last window would start outside the input: left out" in done.out
