"""``cnncalc analyze``."""

from __future__ import annotations

import csv
import io
import json

import pytest

POOL = "1x7x7 | maxpool 3 s3"
STEM = "3x227x227 | conv 96 11 s4 | relu"


def test_the_window_of_the_notes(call):
    # 7 pixels, window 3, stride 3: (7 - 3) / 3 + 1 = 7/3, two rows of output, one row of the input lost
    done = call("analyze", "-e", POOL, "--format", "json")
    layer = json.loads(done.out)["layers"][0]
    assert (done.code, done.err) == (0, "")
    assert layer["exact_size"] == ["7/3", "7/3"]
    assert layer["output_shape"] == [1, 2, 2]
    assert layer["lost_real"] == [1, 1]


def test_alexnet_parameters(call):
    # 96*3*121+96 + 256*96*25+256 + 384*256*9+384 + 384*384*9+384 + 256*384*9+256
    # + 4096*9216+4096 + 4096*4096+4096 + 1000*4096+1000
    done = call("analyze", "specs/alexnet.yaml", "--format", "json")
    assert json.loads(done.out)["totals"]["params"] == 62_378_344
    assert (done.code, done.err) == (0, "")


def test_a_shipped_network_by_its_name(call):
    assert call("analyze", "lenet5").out == call("analyze", "specs/lenet5.yaml").out


def test_a_broken_layer_does_not_end_the_analysis(call):
    done = call("analyze", "-e", "3x8x8 | conv 8 9 | relu | cnov 3 | relu")
    assert done.code == 2
    assert "window 9 is larger than the input 8" in done.err
    assert "unknown layer 'cnov'; did you mean 'conv'?" in done.err
    assert "-e:1:27" in done.err  # 8 + 11 + 7 characters stand before it
    assert len([line for line in done.out.splitlines() if "relu" in line]) == 2


def test_rows_after_a_broken_layer_are_marked_as_assumed(call):
    # the merge of 4 and 6 channels is wrong; with 6, the larger, the convolution after it has 6*2*9 + 2 numbers
    spec = "cnncalc: 1\ninput: 4x8x8\nlayers:\n  - add: [[conv 4 3 p1], [conv 6 3 p1]]\n  - conv 2 3 p1\n"
    done = call("analyze", "-", "--columns", "op,output,params", stdin=spec)
    assert done.code == 2
    assert "-:4:5" in done.err
    assert [line.split() for line in done.out.splitlines() if line.startswith("conv")][-1] == ["conv", "~2x8x8", "110"]


def test_the_error_stands_below_its_row(call):
    lines = call("analyze", "-e", "3x8x8 | conv 8 9 | relu").out.splitlines()
    row = next(index for index, line in enumerate(lines) if line.startswith("0 "))
    assert lines[row + 1] == "  ^ error at -e:1:16"


def test_standard_input(call):
    spec = "cnncalc: 1\ninput: 1x7x7\nlayers: [maxpool 3 s3]\n"
    done = call("analyze", "-", "--format", "json", stdin=spec)
    assert json.loads(done.out)["layers"][0]["exact_size"] == ["7/3", "7/3"]
    assert json.loads(done.out)["file"] == "-"


def test_several_specs_in_json_are_a_list(call):
    done = call("analyze", "lenet5", "alexnet", "-e", POOL, "--format", "json")
    assert [network["name"] for network in json.loads(done.out)] == ["LeNet-5", "AlexNet", "network"]


def test_several_specs_in_csv_are_one_table(call):
    done = call("analyze", "-e", POOL, "-e", STEM, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert [row["op"] for row in rows] == ["maxpool", "conv", "relu"]
    assert [row["output_shape"] for row in rows] == ["1x2x2", "96x55x55", "96x55x55"]


def test_a_broken_spec_does_not_stop_the_others(call):
    done = call("analyze", "nowhere.yaml", "-", "lenet5", "--format", "json", stdin="layers: [")
    assert done.code == 2
    assert [network["name"] for network in json.loads(done.out)] == ["LeNet-5"]
    assert "Error: cannot read nowhere.yaml: No such file or directory" in done.err
    assert "-:1:9: not YAML: " in done.err


def test_nothing_is_written_for_a_spec_that_cannot_be_read(call, tmp_path):
    done = call("analyze", "nowhere.yaml", "--format", "json", "-o", str(tmp_path / "out.json"))
    assert (done.code, done.out) == (2, "")
    assert not (tmp_path / "out.json").exists()


def test_another_input_size(call):
    # (320 - 11) / 4 + 1 = 313/4
    for size in ("3x320x320", "input=3x320x320"):
        done = call("analyze", "-e", STEM, "--input", size, "--format", "json")
        assert json.loads(done.out)["layers"][0]["exact_size"] == ["313/4", "313/4"]


def test_an_input_by_its_name(call):
    spec = "cnncalc: 1\ninputs: {left: 3x8x8, right: 3x8x8}\nlayers:\n  - add(from left, from right)\n"
    done = call("analyze", "-", "--input", "left=5x9x9", "--input", "right=5x9x9", "--format", "json", stdin=spec)
    assert done.err == ""
    assert json.loads(done.out)["input"] == {"left": [5, 9, 9], "right": [5, 9, 9]}


def test_batch_and_type(call):
    # 96*55*55 numbers, 8 samples, 2 bytes; multiply-accumulates 8 * 55*55 * 96 * 3*11*11
    done = call("analyze", "-e", STEM, "--batch", "8", "--dtype", "float16", "--format", "json")
    layer = json.loads(done.out)["layers"][0]
    assert layer["output_bytes"] == 96 * 55 * 55 * 8 * 2
    assert layer["macs"] == 8 * 55 * 55 * 96 * 3 * 121


@pytest.mark.parametrize(("optimizer", "copies"), [("sgd", 2), ("momentum", 3), ("adam", 4)])
def test_optimizer(call, optimizer, copies):
    # weights, gradients, and the optimiser's one or two numbers per weight are in memory at the same time
    done = call("analyze", "alexnet", "--optimizer", optimizer, "--format", "json")
    totals = json.loads(done.out)["totals"]
    weights = 4 * totals["params"]
    assert copies * weights <= totals["training_peak_bytes"] < (copies + 1.5) * weights


def test_parameters_of_the_spec(call):
    # the last layer of ResNet-18 has 512 weights and a bias per class
    done = call("analyze", "resnet18", "--set", "classes=5*2", "--format", "json")
    assert json.loads(done.out)["totals"]["params"] == 11_689_512 - 513 * 1000 + 513 * 10
    assert (done.code, done.err) == (0, "")  # what the file expects is about the file's own parameters


def test_variants(call):
    spec = "cnncalc: 1\ninput: 1x8x8\nparams: {c: 4}\nvariants: {wide: {c: 16}}\nlayers: [conv c 3]\n"
    done = call("analyze", "-", "--variant", "wide", "--format", "json", stdin=spec)
    assert json.loads(done.out)["layers"][0]["output_shape"] == [16, 6, 6]


def test_unmet_expectations(call):
    spec = "cnncalc: 1\ninput: 1x8x8\nlayers: [conv 4 3]\nexpect: {params: 41}\n"
    done = call("analyze", "-", stdin=spec)
    assert done.code == 2
    assert done.err.splitlines()[0] == "-:4:10: expected params 41 but it is 40"  # 4*9 + 4


def test_depth_folds_modules(call):
    done = call("analyze", "resnet18", "--depth", "1", "--columns", "layer,output")
    rows = [line.split() for line in done.out.splitlines()[4:]]
    assert ["layer1", "64x56x56"] in rows
    assert ["layer4", "512x7x7"] in rows
    assert not [row for row in rows if row and row[0].startswith("layer1.")]


def test_columns(call):
    lines = call("analyze", "-e", POOL, "--columns", "op, exact,lost").out.splitlines()
    assert lines[2].split() == ["op", "exact", "lost"]
    assert lines[4].split() == ["maxpool", "2.33", "1"]


@pytest.mark.parametrize(
    ("ending", "beginning"),
    [
        ("json", "{\n"),
        ("csv", "path,op,"),
        ("md", "**network: "),
        ("tex", "% network: "),
        ("html", "<table>"),
        ("HTML", "<table>"),
        ("txt", "network: "),
        ("", "network: "),
    ],
)
def test_the_ending_of_the_file_chooses_the_format(call, tmp_path, ending, beginning):
    path = tmp_path / f"out.{ending}"
    done = call("analyze", "-e", POOL, "-o", str(path))
    assert (done.code, done.out, done.err) == (0, "", "")
    assert path.read_text().startswith(beginning)


def test_the_format_goes_before_the_ending(call, tmp_path):
    call("analyze", "-e", POOL, "--format", "csv", "-o", str(tmp_path / "out.json"))
    assert (tmp_path / "out.json").read_text().startswith("path,op,")


def test_a_dash_is_standard_output(call):
    assert call("analyze", "-e", POOL, "-o", "-").out == call("analyze", "-e", POOL).out
