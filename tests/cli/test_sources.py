"""Files of other formats stand where a spec can stand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

DARKNET = """\
[net]
height=33
width=33
channels=3
[convolutional]
filters=16
size=3
stride=1
pad=1
activation=leaky
[maxpool]
size=2
stride=2
padding=0
"""

CAFFE = """\
name: "small"
input: "data"
input_shape { dim: 1 dim: 3 dim: 33 dim: 33 }
layer { name: "c" type: "Convolution" bottom: "data" top: "c" convolution_param { num_output: 16 kernel_size: 3 pad: 1 } }
"""

KERAS = json.dumps(
    {
        "class_name": "Sequential",
        "config": {
            "name": "small",
            "layers": [
                {"class_name": "InputLayer", "config": {"batch_shape": [None, 33, 33, 3], "name": "x"}},
                {
                    "class_name": "Conv2D",
                    "config": {
                        "name": "c", "filters": 16, "kernel_size": [3, 3], "strides": [1, 1], "padding": "same",
                        "use_bias": True, "activation": "linear", "data_format": "channels_last", "dilation_rate": [1, 1], "groups": 1,
                    },
                },
            ],
        },
    },
    indent=1,
)  # fmt: skip

FILES = {"small.cfg": DARKNET, "small.prototxt": CAFFE, "small.json": KERAS}


@pytest.fixture(params=FILES)
def file(request, tmp_path):
    path = tmp_path / request.param
    path.write_text(FILES[request.param], encoding="utf-8")
    return path


def test_numbers_without_a_spec(call, file):
    done = call("analyze", str(file), "--format", "json")
    assert (done.code, done.err) == (0, "")
    totals = json.loads(done.out)["totals"]
    # 16 * (3 * 9) and 16 biases; 33 * 33 outputs of 27 products each
    assert totals["params"] == 16 * 27 + 16
    assert totals["macs"] == 33 * 33 * 16 * 27


def test_from_a_pipe(call, file):
    done = call("analyze", "-", stdin=file.read_text(encoding="utf-8"))
    assert done.code == 0
    assert "448" in done.out


@pytest.mark.parametrize(
    "command",
    [("explain", "{}", "conv"), ("lint", "{}"), ("diff", "{}", "lenet5"), ("build", "{}"), ("draw", "{}", "size")],
)
def test_every_command_takes_them(call, file, command):
    if command[0] == "explain":
        command = ("explain", "{}", {"small.cfg": "0", "small.prototxt": "c", "small.json": "c"}[file.name])
    done = call(*(word.format(file) for word in command))
    assert done.code == (1 if "warning" in done.err else 0)  # of the linter
    assert command[0] == "lint" or done.err == ""


def test_another_size(call, tmp_path):
    path = tmp_path / "small.cfg"
    path.write_text(DARKNET, encoding="utf-8")
    assert "input 3x64x64" in call("analyze", str(path), "--input", "3x64x64").out


def test_what_they_cannot_say_is_told(call, tmp_path):
    path = tmp_path / "odd.cfg"
    path.write_text(DARKNET + "[something]\n", encoding="utf-8")
    for command in ("analyze", "lint"):
        done = call(command, str(path))
        assert done.code == 2
        assert "[something]" in done.err


@pytest.mark.parametrize("text", ['{"a": 1}', "{}", "", "a: 1\n", "input: 3x8x8\n", "name: x\n", "[net\n", "\0\0"])
def test_what_is_no_network_is_a_broken_spec(call, tmp_path, text):
    path = tmp_path / "x.json"
    path.write_text(text, encoding="utf-8")
    done = call("analyze", str(path))
    assert done.code == 2
    assert "cannot be converted" not in done.err
    assert done.err.startswith(str(path))


BIASED = CAFFE + 'layer { name: "b" type: "BatchNorm" bottom: "c" top: "b" }\n'


def test_no_file_of_another_format_is_changed(call, tmp_path):
    path = tmp_path / "small.prototxt"
    path.write_text(BIASED, encoding="utf-8")
    found = call("lint", str(path))
    assert f"{path} (converted):6:9: warning[NM001]" in found.out + found.err  # a place in the spec, which is shown
    done = call("lint", "--fix", str(path))
    assert (done.code, done.out) == (2, "")
    assert f"--fix changes specs, and {path} is none" in done.err
    assert path.read_text(encoding="utf-8") == BIASED
    assert "nobias" in call("lint", "--diff", str(path)).out
    assert path.read_text(encoding="utf-8") == BIASED


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="a file that opens and cannot be read is one of Linux")
@pytest.mark.parametrize("command", ["analyze", "lint", "convert"])
def test_a_file_that_cannot_be_read(call, command):
    done = call(command, "/proc/self/mem")
    assert (done.code, done.out) == (2, "")
    assert "/proc/self/mem" in done.err
    assert "Input/output error" in done.err
