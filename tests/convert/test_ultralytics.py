"""Ultralytics model YAML: the parameters and operations that the files state of themselves, for every scale.

The files are read where the wheel is installed, without its dependencies; nothing of it is imported.
"""

from __future__ import annotations

import csv
from importlib.util import find_spec
from math import prod
from pathlib import Path

import pytest

import cnncalc
from cnncalc.convert.recognise import convert, recognise
from cnncalc.convert.tree import ConvertError

DATA = Path(__file__).parents[1] / "data" / "ultralytics.csv"
STATED = list(csv.DictReader(DATA.read_text(encoding="utf-8").splitlines()))
SMALL = """
nc: 3
scales:
  n: [0.33, 0.25, 1024]
  m: [0.67, 0.75, 768]
backbone:
  - [-1, 1, Conv, [64, 3, 2]] # the first
  - [-1, 3, C2f, [128, True]]
  - [-1, 1, Conv, [128, 3, 2]]
head:
  - [-1, 1, nn.Upsample, [None, 2, "nearest"]]
  - [[-1, 1], 1, Concat, [1]]
  - [[3, 1], 1, Detect, [nc]]
"""


def folder() -> Path:
    found = find_spec("ultralytics")
    if found is None or not found.submodule_search_locations:
        pytest.skip("the ultralytics wheel is not installed")
    return Path(found.submodule_search_locations[0]) / "cfg" / "models"


def spec_of(model: str) -> str:
    (file,) = folder().glob(f"*/{model}.yaml")
    return convert(file.read_bytes(), file.name, "auto", [])


def converted(file: Path) -> tuple[str, set[str]]:
    """The spec, or what is missing."""
    try:
        return convert(file.read_bytes(), file.name, "auto", []), set()
    except ConvertError as error:
        return "", {found.what for found in error.found}


@pytest.fixture(scope="module")
def specs():
    """Every file once."""
    known: dict[str, str] = {}

    def get(model):
        if model not in known:
            known[model] = spec_of(model)
        return known[model]

    return get


@pytest.mark.parametrize("row", STATED, ids=lambda row: f"{row['model']}-{row['scale']}")
def test_parameters_and_operations_are_those_that_the_file_states(specs, row):
    settings = {"classes": 80} if "-cls" in row["model"] else {}  # the comments of the classifiers are for 80 classes
    result = cnncalc.analyze(specs(row["model"]), variant=row["scale"] or None, settings=settings)
    assert result.totals.params == int(row["params"])
    if "-cls" in row["model"] or not row["gflops"]:
        return  # the classifiers' operations are stated for another size
    macs = {op: sum(layer.macs for layer in result.layers if layer.node.op == op) for op in ("matmul", "convtranspose")}
    normalised = sum(prod(layer.node.shape) for layer in result.layers if layer.node.op == "batchnorm")
    # The counter behind the comments leaves products inside attention out, counts a transposed convolution of stride 2
    # at its outputs (4 times too many), and 4 for every number that is normalised; twice the sum is called FLOPs.
    counted = 2 * (result.totals.macs - macs["matmul"] + 3 * macs["convtranspose"] + 4 * normalised) / 1e9
    assert counted == pytest.approx(float(row["gflops"]), abs=0.06, rel=0.004)


def test_every_model_of_the_wheel_is_converted_or_refused_by_name():
    refused = {
        "TorchVision",
        "ResNetLayer",
        "YOLOESegment",
        "YOLOEDetect",
        "C2fAttn",
        "ImagePoolingAttn",
        "WorldDetect",
    }
    refused |= {"RTDETRDecoder"}
    for file in sorted(folder().glob("*/*.yaml")):
        if file.parent.name in ("26", "rt-detr"):
            continue
        text, missing = converted(file)
        assert missing <= refused
        assert missing or cnncalc.load(text).problems == ()


def test_a_small_model_reads_like_its_file():
    text = convert(SMALL.encode(), "small.yaml", "auto", [(3, 64, 64)])
    lines = text.partition("  - model:\n")[2].splitlines()
    assert lines[:6] == [
        "      - 0 = cba w64 3 s=2",
        "      - 1 = c2f w128 r3 1",
        "      - x1 = id",
        "      - 2 = cba w128 3 s=2",
        "      - 3 = upsample 2",
        "      - x3 = id",
    ]
    assert lines[6] == "      - concat(from x3, from x1)"
    assert "name: small" in text
    assert "  n: {depth: 33/100, width: 1/4, most: 1024}" in text


def test_a_small_model_builds_and_runs():
    torch = pytest.importorskip("torch")
    text = SMALL.replace("[[-1, 1], 1, Concat, [1]]", "[-1, 1, Conv, [128, 3, 2]]")
    spec = convert(text.replace("[[3, 1]", "[[4, 1]").encode(), "small.yaml", "auto", [(3, 64, 64)])
    for variant in ("n", "m"):
        network = cnncalc.load(spec, variant=variant)
        module = cnncalc.build(network).eval()
        with torch.no_grad():
            output = module(torch.rand(2, 3, 64, 64))
        assert tuple(output.shape) == (2, 4 + 3, 16 * 16 + 32 * 32)
        # width 1/4: the detection branch of 16 channels and 3 classes, names as in the checkpoints
        assert {"model.0.conv.weight", "model.1.m.0.cv1.bn.weight", "model.5.dfl.conv.weight"} <= set(
            module.state_dict()
        )


def test_it_is_recognised():
    assert recognise(SMALL.encode()) == "ultralytics"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("C2f, [128, True]", "Mystery, [128]"), "  line 8: Mystery"),
        (("Conv, [64, 3, 2]", "Conv, [64, [3], 2]"), "  line 7: Conv with arguments [64, (3,), 2]"),
        (("[-1, 3, C2f, [128, True]]", "[-1, C2f]"), "  line 8: row 1: needs [from, repeats, module, [arguments]]"),
        (("[-1, 3, C2f, [128, True]]", "[7, 3, C2f, [128]]"), "  line 8: row 1: there is no row 7 before it"),
        (("[-1, 3, C2f, [128, True]]", "[a, 3, C2f, [128]]"), "  line 8: row 1: from is no number or list of numbers"),
        (("n: [0.33, 0.25, 1024]", "n: [0.33]"), "  line 4: scale n: needs [depth, width, most channels]"),
        (("nc: 3", "nc: many"), "  line 1: nc is no number of classes"),
        (("nc: 3", "nc: 3\nkpt_shape: 5"), "  line 1: kpt_shape is no pair of numbers"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(change, message):
    with pytest.raises(ConvertError) as raised:
        convert(SMALL.replace(*change).encode(), "small.yaml", "ultralytics", [])
    assert str(raised.value) == f"small.yaml cannot be converted:\n{message}"


def test_a_file_without_rows_is_refused():
    with pytest.raises(ConvertError, match=r"line 1: there is no list 'head'"):
        convert(b"backbone: []\n", "x.yaml", "ultralytics", [])
    with pytest.raises(ConvertError, match=r"line 1: this is no map"):
        convert(b"- 1\n", "x.yaml", "ultralytics", [])


def test_a_model_that_does_not_fit_is_the_file_s_own_mistake():
    rows = (
        "backbone:\n  - [-1, 1, Conv, [64, 3, 2]]\nhead:\n  - [-1, 1, Conv, [64, 3, 2]]\n  - [[0, 1], 1, Concat, [1]]\n"
    )
    with pytest.raises(ConvertError) as raised:
        convert(f"nc: 3\n{rows}".encode(), "x.yaml", "ultralytics", [(3, 64, 64)])
    # 64 and 32 under strides of 2: 32 and 16
    assert str(raised.value) == "x.yaml cannot be converted:\n  line 6: concat: sizes differ: 64x32x32, 64x16x16"
    strange = rows.replace("[64, 3, 2]", "[64, 3, 0]", 1)
    with pytest.raises(ConvertError, match="line 3: conv: stride is 0; must be more than 0"):
        convert(f"nc: 3\n{strange}".encode(), "x.yaml", "ultralytics", [(3, 64, 64)])


def test_the_name_of_a_file_is_no_part_of_the_spec():
    text = convert(
        SMALL.encode(),
        "x\nlayers: []\n#.yaml",
        "auto",
        [],
    )
    assert text.startswith('# Converted from x layers: [] #.yaml.\ncnncalc: 1\nname: "x layers: [] #"\n')
    assert len(cnncalc.load(text).graph.nodes) > 10
