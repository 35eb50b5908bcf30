"""Published figures of whole networks, against the specs that ship with the program."""

from __future__ import annotations

import csv
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

import cnncalc

DATA = Path(__file__).parents[1] / "data"
SPECS = Path(__file__).parents[2] / "specs"
NOTES = yaml.safe_load((DATA / "worked_examples.yaml").read_text(encoding="utf-8"))
TORCHVISION = {
    "resnet18": "resnet18",
    "resnet50": "resnet50",
    "vgg16": "vgg16",
    "alexnet": "alexnet_torchvision",
    "googlenet": "googlenet",
    "squeezenet1_1": "squeezenet1_1",
    "mobilenet_v2": "mobilenet_v2",
}


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def analysed(name: str, **options: Any) -> cnncalc.Result:
    return cnncalc.analyze(SPECS / f"{name}.yaml", **options)


@pytest.mark.parametrize(("published", "name"), TORCHVISION.items())
def test_every_node_of_torchvision(published: str, name: str) -> None:
    graph = json.loads((DATA / "graphs" / f"{published}.json").read_text(encoding="utf-8"))
    result = analysed(name)
    assert result.totals.params == graph["params"]
    assert result.totals.macs == graph["macs"]
    nodes = [node for node in graph["nodes"] if node[1] not in ("placeholder", "output")]
    ours = [[1, *(row.node.shape or ())] for row in result.layers]
    assert [node[3] for node in nodes] == ours
    assert [node[4] for node in nodes] == [row.params for row in result.layers]
    assert [node[5] for node in nodes] == [row.macs for row in result.layers]


@pytest.mark.parametrize("name", sorted(path.stem for path in SPECS.glob("*.yaml")))
def test_expected_figures(name: str) -> None:
    from cnncalc.analysis.expectations import unmet

    network = cnncalc.load(SPECS / f"{name}.yaml")
    assert unmet(network.spec, cnncalc.analyze(network).analysis) == ()
    assert network.spec.version == 1


def test_darknet19_prints() -> None:
    result = analysed("darknet19", inputs=(3, 256, 256))
    ours = [row for row in result.layers if row.node.op in ("conv", "maxpool", "globalavgpool")]
    for published, row in zip(rows("darknet_layers.csv"), ours, strict=True):
        size = int(published["out_hw"]) if published["out_hw"] else 1
        assert row.node.shape == (int(published["out_c"]), size, size)
        if published["bflops"]:
            assert f"{2 * (row.macs or 0) / 10**9:.3f}" == published["bflops"]


def table(model: str) -> list[dict[str, str]]:
    return [row for row in rows("layer_tables.csv") if row["model"] == model and row["use_for_grading"] == "yes"]


def size(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split("x")))


def test_vgg16_of_cs231n() -> None:
    ours = [row for row in analysed("vgg16").layers if row.node.op in ("conv", "maxpool", "linear")]
    published = [row for row in table("cs231n VGG-16") if row["type"] in ("conv", "pool", "linear", "maxpool")]
    for row, printed in zip(ours, published, strict=True):
        assert row.node.shape == size(printed["output_shape_CHW"])
        bias = 0 if row.node.op == "maxpool" else (row.node.shape or (0,))[0]
        assert (row.params or 0) - bias == int(printed["params"])  # the table counts weights without biases


def test_vgg16_of_torchsummary() -> None:
    ours = [row for row in analysed("vgg16").layers if row.node.op != "flatten"]
    published = [row for row in table("torchsummary VGG16") if row["type"] != "total"]
    kinds = {
        "Conv2d": "conv",
        "ReLU": "relu",
        "MaxPool2d": "maxpool",
        "Linear": "linear",
        "Dropout": "dropout",
        "AdaptiveAvgPool2d": "adaptiveavgpool",
    }
    ours = [row for row in ours if row.node.op in {kinds[row["type"]] for row in published}]
    for row, printed in zip(ours, published, strict=True):
        assert row.node.op == kinds[printed["type"]]
        assert row.node.shape == size(printed["output_shape_CHW"])
        assert row.params == int(printed["params"])


def test_lenet5_of_the_table() -> None:
    result = analysed("lenet5")
    ours = [row for row in result.layers if row.node.op in ("conv", "avgpool", "linear")]
    *layers, total = table("LeNet-5 (61,706)")
    for row, printed in zip(ours, layers, strict=True):
        assert row.node.shape == size(printed["output_shape_CHW"])
        assert row.params == int(printed["params"])
    assert result.totals.params == int(total["params"])
    assert result.totals.macs == int(total["macs"])


def test_mnist_net_of_torchsummary() -> None:
    text = "1x28x28 | conv 10 5 | maxpool 2 | relu | conv 20 5 | dropout2d 0.5 | maxpool 2 | relu | flatten | linear 50 | relu | linear 10"
    ours = [row for row in cnncalc.analyze(text).layers if row.node.op in ("conv", "dropout2d", "linear")]
    *layers, total = table("torchsummary MNIST net")
    for row, printed in zip(ours, layers, strict=True):
        assert row.node.shape == size(printed["output_shape_CHW"])
        assert row.params == int(printed["params"])
    assert sum(row.params or 0 for row in ours) == int(total["params"])


# ------------------------------------------------------------------------------------------- the notes


@pytest.mark.parametrize(
    "row", NOTES["output_size"], ids=lambda row: f"{row['input']}-{row['kernel']}-{row['stride']}-{row['padding']}"
)
def test_sizes_of_the_notes(row: dict[str, Any]) -> None:
    padding = {"half": row["kernel"] // 2, "full": row["kernel"] - 1}.get(row["padding"], row["padding"])
    fit = cnncalc.conv_out(row["input"], k=row["kernel"], s=row["stride"], p=padding)
    assert fit.exact == Fraction(row["exact"])
    assert (fit.exact.denominator == 1) == row.get("fits", True)
    word = f"p={row['padding']}" if isinstance(row["padding"], int) else row["padding"]
    result = cnncalc.analyze(f"1x{row['input']} | conv 1 {row['kernel']} s{row['stride']} {word}")
    assert result.layers[0].fits[0].exact == Fraction(row["exact"])
    if "shown_as" in row:
        assert str(row["shown_as"]) in str(result)


@pytest.mark.parametrize("row", NOTES["conv2d_calls"])
def test_the_three_calls(row: dict[str, Any]) -> None:
    layer = cnncalc.load(
        "16x50x100 | conv 32 {k} s={s} p={p} d={d}".format(
            k="x".join(map(str, row["kernel"])),
            s="x".join(map(str, row["stride"])),
            p="x".join(map(str, row["padding"])),
            d="x".join(map(str, row["dilation"])),
        )
    ).graph.nodes[1]
    expected = [
        (n + 2 * p - d * (k - 1) - 1) // s + 1
        for n, k, s, p, d in zip((50, 100), row["kernel"], row["stride"], row["padding"], row["dilation"], strict=True)
    ]
    assert layer.shape == (32, *expected)


@pytest.mark.parametrize("row", NOTES["same_padding"])
def test_same_padding_of_the_notes(row: dict[str, Any]) -> None:
    network = cnncalc.load(f"1x9x9 | conv 1 {row['kernel']} p{row['padding']}")
    assert network.graph.nodes[1].shape == (1, 9, 9)
    assert cnncalc.load(f"1x9x9 | conv 1 {row['kernel']} half").graph.nodes[1].shape == (1, 9, 9)


def params(text: str) -> int:
    return cnncalc.analyze(text).totals.params


def test_parameters_of_the_notes() -> None:
    notes = NOTES["parameters"]
    first = cnncalc.analyze("3x32x32 | conv 10 5 p2")
    assert first.layers[0].node.shape == tuple(notes[0]["output"])
    assert params("3x32x32 | conv 10 5 p2") == notes[0]["weights"] + notes[0]["biases"]
    assert params("3x32x32 | conv 1 5") == notes[1]["weights"] + notes[1]["biases"]
    assert params("20x32x32 | conv 1 3 nobias") == notes[2]["connections"]
    assert params("7x32x32 | conv 7 3 nobias | conv 7 3 nobias") == 18 * 7**2
    assert params("7x32x32 | conv 7 5 nobias") == 25 * 7**2
    assert params("256x8x8 | conv 512 3 nobias") == notes[5]["weights"]
    assert params("256x8x8 | sepconv 512 3 nobias") == notes[6]["weights"]
    assert params("3x227x227 | conv 96 11 s4 nobias") == notes[7]["weights"]
    assert params("3x227x227 | maxpool 3 s2 | avgpool 2 | gap") == notes[8]["weights"]


def test_multiplications_of_the_notes() -> None:
    for filters, row in zip((1, 2), NOTES["multiplications"], strict=True):
        result = cnncalc.analyze(f"3x6x6 | conv {filters} 3")
        assert result.totals.macs == row["multiplications"]
        assert (result.layers[0].node.shape or ())[1:] == tuple(row["output"][:2])


def test_edge_detector_of_the_notes() -> None:
    # 319 columns, 280 rows, kernel 2x1: two multiplications and one addition each
    layer = cnncalc.analyze("1x280x320 | conv 1 1x2 nobias").layers[0]
    efficiency = NOTES["efficiency"]
    assert layer.node.shape == (1, 280, 319)
    assert layer.params == efficiency["convolution"]["stored_floats"]
    assert efficiency["convolution"]["float_operations"] == 280 * 319 * 3
    assert layer.macs == 280 * 319 * 2
    assert efficiency["dense_matrix"]["stored_floats"] == (280 * 319) * (280 * 320)


@pytest.mark.parametrize("name", ["cifar10_cnn", "cifar10_fcn", "lenet5"])
def test_networks_of_the_notes(name: str) -> None:
    notes = NOTES["networks"][name]
    result = analysed(name)
    assert result.totals.params == notes["total_parameters"]
    ours = [row for row in result.layers if row.node.op not in ("relu", "sigmoid")]
    for row, printed in zip(ours, notes.get("layers", []), strict=bool(notes.get("layers"))):
        assert row.params == printed["parameters"]
        if "output" in printed:
            assert list(row.node.shape or ()) == printed["output"]


def test_alexnet_of_the_notes() -> None:
    ours = [row for row in analysed("alexnet").layers if row.node.op in ("conv", "maxpool", "lrn", "linear")]
    assert [list(row.node.shape or ()) for row in ours] == [
        row["output"] for row in NOTES["networks"]["alexnet"]["layers"]
    ]


def test_architecture_of_the_notes() -> None:
    ours = [list(row.node.shape or ()) for row in analysed("cifar10_architecture").layers if row.node.op != "flatten"]
    assert ours == NOTES["networks"]["cifar10_architecture"]["outputs"]


def test_darknet19_of_the_notes() -> None:
    ours = [
        row for row in analysed("darknet19").layers if row.node.op in ("conv", "maxpool", "globalavgpool", "softmax")
    ]
    for row, printed in zip(ours, NOTES["networks"]["darknet19"]["layers"], strict=True):
        if printed == "softmax":
            assert row.node.op == "softmax"
            continue
        kind, filters, kernel, pixels = printed
        assert row.node.op == {"convolutional": "conv", "maxpool": "maxpool", "avgpool": "globalavgpool"}[kind]
        if kind != "avgpool":
            assert (row.node.shape or ())[1:] == (pixels, pixels)
            assert row.node.layer.kernel_size == int(kernel[0])  # type: ignore[attr-defined]
        if filters:
            assert (row.node.shape or ())[0] == filters


def test_the_ten_sizes_of_yolov2() -> None:
    from cnncalc.analysis.size.fit_sizes import fit_sizes
    from cnncalc.network import expand

    spec = cnncalc.load(SPECS / "yolov2.yaml").spec
    found = fit_sizes(lambda size: expand(spec, inputs={"": (3, size, size)}), range(320, 609))
    assert found == NOTES["networks"]["yolov2_input_sizes"]["sizes"]


def test_numeric_convolution_of_the_notes() -> None:
    torch = pytest.importorskip("torch")
    for row in NOTES["numeric_convolution"]:
        x, w = torch.tensor([[row["x"]]], dtype=torch.float32), torch.tensor([[row["w"]]], dtype=torch.float32)
        size = len(row["x"])
        padding = 1 if size == 5 else 0
        for stride, expected in ((1, row["z"]), (2, row.get("z_stride_2"))):
            if expected is None:
                continue
            module = cnncalc.build(f"1x{size}x{size}; c = conv 1 3 s{stride} p={padding} nobias")
            module.load_state_dict({"c.weight": w})
            assert module(x)[0, 0].tolist() == expected
