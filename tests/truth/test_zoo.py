"""The shipped networks against what others publish: parameters, MACs, every node's shape, names and sizes of tensors."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

import cnncalc

DATA = Path(__file__).parents[1] / "data"
SPECS = Path(__file__).parents[2] / "specs"
PUBLISHED = {"alexnet": "alexnet_torchvision"}
"""Names of torchvision that are ours for another network."""


def rows(name):
    with (DATA / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def size_of(row):
    return {"inputs": (3, int(row["eval_input_hw"]), int(row["eval_input_hw"]))}


TORCHVISION = [row for row in rows("torchvision.csv") if row["convnet"] == "1"]
MODELS = sorted({row["model"] for row in TORCHVISION})


@pytest.mark.parametrize("row", TORCHVISION, ids=lambda row: row["weights"])
def test_torchvision(row):
    totals = cnncalc.analyze(PUBLISHED.get(row["model"], row["model"]), **size_of(row)).totals
    assert totals.params == int(row["num_params"])
    assert totals.macs == int(row["repro_macs"])
    assert abs(totals.macs / 1e9 - float(row["gmacs_published"])) <= 0.0005 + 1e-9


@pytest.mark.parametrize("model", MODELS)
def test_every_node(model):
    """Shapes, parameters and MACs of all nodes in order; DenseNet's concatenations stand elsewhere and are left out."""
    graph = json.loads((DATA / "graphs" / f"{model}.json").read_text(encoding="utf-8"))
    apart = {"densenet121": ("cat", "concat")}.get(model, ())
    nodes = [
        n
        for n in graph["nodes"]
        if n[1] not in ("placeholder", "output") and not (apart and n[2].rpartition(".")[2] == apart[0])
    ]
    result = cnncalc.analyze(PUBLISHED.get(model, model))
    ours = [row for row in result.layers if row.node.op not in apart]
    theirs = sorted((tuple(n[3][1:]), n[4], n[5]) for n in nodes if n[4] or n[5])
    mine = sorted((row.node.shape, row.params, row.macs) for row in ours if row.params or row.macs)
    assert mine == theirs
    plain = [n[3] for n in nodes if isinstance(n[3], list) and all(isinstance(size, int) for size in n[3])]
    shapes = {tuple(size[1:]) for size in plain if len(size) > 1}
    views = {row.node.shape for row in ours if row.node.op in ("flatten", "resize")}
    assert {row.node.shape for row in ours} <= shapes | views


@pytest.mark.parametrize("model", MODELS)
def test_names_and_sizes_of_tensors(model):
    """Checkpoints load: modules that own tensors have torchvision's paths, in its order of execution."""
    lines = (DATA / "layers" / f"layers_{model}.jsonl").read_text(encoding="utf-8").splitlines()
    theirs = [
        row for row in map(json.loads, lines[1:]) if row.get("leaf") and (row["own_params"] or row["own_buffers"])
    ]
    result = cnncalc.analyze(PUBLISHED.get(model, model))
    ours = [(row.node.path, row.params, row.buffers) for row in result.layers if row.params or row.buffers]
    expected = [(row["path"], row["own_params"], row["own_buffers"]) for row in theirs]
    assert sorted(ours) == sorted(expected)


def test_the_state_dict_of_a_built_module_in_order():
    keys = list(cnncalc.build("resnet18").state_dict())
    # what torchvision's resnet18().state_dict() begins and ends with
    assert keys[:7] == [
        "conv1.weight",
        "bn1.weight",
        "bn1.bias",
        "bn1.running_mean",
        "bn1.running_var",
        "bn1.num_batches_tracked",
        "layer1.0.conv1.weight",
    ]
    assert keys[-2:] == ["fc.weight", "fc.bias"]
    assert len(keys) == 122


TIMM = {"mobilenetv2_100": "mobilenet_v2", "regnetx_002": "regnet_x_200mf"}


@pytest.mark.parametrize("row", rows("timm.csv"), ids=lambda row: f"{row['model']}-{row['img_size']}")
def test_timm(row):
    size = int(row["img_size"])
    totals = cnncalc.analyze(TIMM.get(row["model"], row["model"]), inputs=(3, size, size)).totals
    assert totals.params == int(row["repro_params"])
    assert totals.macs == int(row["repro_macs_conv_linear"])


PYCLS = {
    "R-56_nds_1gpu": ("resnet56", 10),
    "EN-B0_dds_8gpu": ("efficientnet_b0", 0),
    "RegNetX-200MF_dds_8gpu": ("regnet_x_200mf", 1000),
    "R-50-1x64d_dds_8gpu": ("resnet50", 1000),
}


@pytest.mark.parametrize("row", rows("pycls.csv"), ids=lambda row: row["config"])
def test_pycls(row):
    """Its MACs count an addition for every bias, of the last layer and of EfficientNet's gates."""
    name, biases = PYCLS[Path(row["config"]).stem]
    size = int(row["train_im_size"])
    result = cnncalc.analyze(name, inputs=(3, size, size))
    assert result.totals.params == int(row["params"])
    if biases == 0:
        gates = [
            row for row in result.layers if row.node.op in ("conv", "linear") and getattr(row.node.layer, "bias", False)
        ]
        biases = sum(row.node.shape[0] for row in gates)
    assert result.totals.macs + biases == int(row["macs"])


PAPERS = {
    "MobileNetV1 1.0": "mobilenet_v1", "ResNet-18": "resnet18", "VGG-19": "vgg19", "VGG A": "vgg11", "VGG B": "vgg13", "VGG D": "vgg16",
    "VGG E": "vgg19", "Darknet-19": "darknet19", "SqueezeNet 1.1": "squeezenet1_1", "AlexNet grouped (Caffe/2012)": "alexnet_grouped",
    "AlexNet ungrouped": "alexnet", "AlexNet torchvision": "alexnet_torchvision", "keras VGG16": "vgg16",
}  # fmt: skip
ODD = {("MobileNetV1 1.0", "params")}
"""4.24 M with 1001 classes; its own table of layers makes 4.23."""

UNITS = {"M": 10**6, "G": 10**9, "": 1}


@pytest.mark.parametrize(
    "row", [row for row in rows("papers.csv") if row["grade"] == "yes" and row["model"] in PAPERS and row["quantity"] in ("params", "macs", "flops", "params_total")
     and (row["model"], row["quantity"]) not in ODD],
    ids=lambda row: f"{row['model']}-{row['quantity']}-{row['input_size']}",
)  # fmt: skip
def test_papers(row):
    """Within half a unit of the last printed digit."""
    size = int(row["input_size"] or 224)
    totals = cnncalc.analyze(PAPERS[row["model"]], inputs=(3, size, size)).totals
    found = {
        "params": totals.params,
        "params_total": totals.params + totals.buffers,
        "macs": totals.macs,
        "flops": 2 * totals.macs,
    }[row["quantity"]]
    unit = UNITS[row["unit"]]
    digits = len(row["value"].partition(".")[2])
    assert abs(found / unit - float(row["value"])) <= 0.5 * 10**-digits + (0.01 if unit == 10**9 and digits == 2 else 0)


def test_receptive_field_of_mobilenet():
    # the Distill article's table: 315 pixels, effective stride 32
    field = [row for row in cnncalc.analyze("mobilenet_v1").layers if row.node.op == "conv"][-1].receptive_field[0]
    assert (field.size, field.jump) == (315, 32)


def test_receptive_field_of_inception_v3():
    # the Distill article's table: 1311 pixels, effective stride 32
    field = [row for row in cnncalc.analyze("inception_v3").layers if row.node.op == "concat"][-1].receptive_field[0]
    assert (field.size, field.jump) == (1311, 32)


@pytest.mark.parametrize(
    "name",
    [
        "densenet201",
        "vgg11_bn",
        "efficientnet_b7",
        "regnet_y_8gf",
        "wide_resnet101_2",
        "convnext_large",
        "mnasnet1_3",
        "shufflenet_v2_x2_0",
    ],
)
def test_variants_have_torchvisions_parameters(name):
    # from the documentation of torchvision's weights
    params = {
        "densenet201": 20_013_928, "vgg11_bn": 132_868_840, "efficientnet_b7": 66_347_960, "regnet_y_8gf": 39_381_472,
        "wide_resnet101_2": 126_886_696, "convnext_large": 197_767_336, "mnasnet1_3": 6_282_256, "shufflenet_v2_x2_0": 7_393_996,
    }  # fmt: skip
    assert cnncalc.analyze(name).totals.params == params[name]
