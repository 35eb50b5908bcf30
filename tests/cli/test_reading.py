"""What people read: units that fit, an error once, the nearest file, what was not read."""

from __future__ import annotations

import json

import pytest

from cnncalc.render.columns import bytes_of
from cnncalc.report.timing import Benchmark, LayerTime, Roof, Sample, Timing

BROKEN = "1x8x8 | conv 4 3 | conv 3 9 | linear 4"


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"), (1023, "1023 B"), (1024, "1.00 KiB"), (1536, "1.50 KiB"), (2**20 - 1, "1.00 MiB"), (2**20, "1.00 MiB"),
        (139776, "136.50 KiB"), (2**30 - 1, "1.00 GiB"), (3 * 2**30, "3.00 GiB"), (2**40, "1.00 TiB"), (2**51, "2,048.00 TiB"),
        (None, "?"),
    ],
)  # fmt: skip
def test_bytes_in_the_unit_that_fits(count, text):
    assert bytes_of(count) == text


@pytest.mark.parametrize("form", ["plain", "terminal", "markdown", "html", "latex"])
def test_a_small_network_shows_its_bytes(call, form):
    done = call(
        "analyze",
        "-e",
        "1x4x4 | conv 1 3 | flatten | linear 2",
        "--format",
        form,
        "--columns",
        "layer,output_bytes,saved_bytes",
    )
    assert "0.00" not in done.out
    # 10 + 10 parameters, 4 bytes each; the outputs of 4, 4 and 2 numbers
    assert "80 B" in done.out
    assert "16 B" in done.out


@pytest.mark.parametrize("form", ["plain", "terminal"])
@pytest.mark.parametrize("text", [BROKEN, "1x8x8 | conv 3 9", "2x4; y = conv 3 9; from y | conv 4 99"])
def test_an_error_is_told_once(call, form, text):
    done = call("analyze", "-e", text, "--format", form)
    both = done.out + done.err
    assert done.code == 2
    assert both.count("is larger than the input") == done.err.count("  help: use a window of at most")
    assert "^ error at -e:1:" in done.out


def test_a_file_keeps_its_errors(call, tmp_path):
    call("analyze", "-e", BROKEN, "-o", str(tmp_path / "table.txt"))
    assert "window 9 is larger than the input 6" in (tmp_path / "table.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("form", ["plain", "terminal", "markdown", "html", "latex"])
@pytest.mark.parametrize("text", [BROKEN, "1x8x8 | conv 3 9"])
def test_at_least_nothing_is_not_shown(call, form, text):
    assert "at least 0" not in call("analyze", "-e", text, "--format", form).out


def test_the_nearest_file_or_shipped_spec(call, tmp_path, monkeypatch):
    assert "; did you mean 'alexnet'?" in call("analyze", "alexnt").err
    assert "; did you mean 'specs/alexnet.yaml'?" in call("analyze", "specs/alexnt.yaml").err
    assert "; did you mean 'specs/alexnet.yaml'?" in call("lint", "specs/alexnt.yaml").err
    monkeypatch.chdir(tmp_path)
    assert "; did you mean 'alexnet'?" in call("analyze", "alexnt.yaml").err
    (tmp_path / "mynet.yml").write_text("3x4x4 | relu", encoding="utf-8")
    assert "; did you mean 'mynet.yml'?" in call("analyze", "mynt.yaml").err
    assert "; did you mean 'mynet.yml'?" in call("analyze", "mynet.yaml").err
    assert "did you mean" not in call("analyze", "zzzzzz.yaml").err
    assert "did you mean" not in call("analyze", "no/such/folder/zzzzzz").err


@pytest.mark.parametrize("text", ["input: [3x32x32", "layers:\n\t- conv 4 3\n", "- 3\n", "\0", "3x8x8 | konv 4"])
def test_lint_says_what_it_could_not_read(call, tmp_path, text):
    wrong, right = tmp_path / "wrong.yaml", tmp_path / "right.yaml"
    wrong.write_text(text, encoding="utf-8")
    right.write_text("cnncalc: 1\ninput: 3x8x8\nlayers:\n  - relu\n", encoding="utf-8")
    done = call("lint", str(wrong), "--isolated")
    assert done.code == 2
    assert done.err.endswith("1 spec could not be read; nothing was checked\n")
    assert str(wrong) in done.err
    done = call("lint", str(wrong), str(right), "--isolated", "--select", "FT001")
    assert done.code == 2
    assert done.err.endswith("1 spec: nothing found; 1 could not be read\n")


def test_the_roofline_is_called_a_lower_bound():
    from cnncalc.render.timing import render

    sample = Sample((2e-3,) * 5)
    layer = LayerTime("0", "conv", sample, 1e-3, "memory")
    timing = Timing(
        "net",
        "eager",
        1,
        train=False,
        measured=sample,
        flops=10,
        macs=5,
        params=3,
        activations=4,
        size=8,
        least_s=1e-3,
        layers=(layer,),
    )
    found = Benchmark(
        (timing,),
        (),
        Roof(1e9, 1e9),
        dict.fromkeys(("device_name", "device", "threads", "dtype", "torch", "python", "platform"), "x"),
    )
    text = render(found, "plain")
    assert "least/median" in text
    assert "lower bound" in text
    assert "predicted" not in text
    found_json = json.loads(render(found, "json"))["timings"][0]
    # The older key stays beside the one that says what it is.
    assert found_json["least_s"] == found_json["predicted_s"] == 1e-3
    assert found_json["layers"][0]["least_s"] == found_json["layers"][0]["predicted_s"] == 1e-3
