"""``cnncalc atlas``: the table against published figures, conditions, likeness, mistakes."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path

import pytest

import cnncalc
from cnncalc.atlas.figures import figures
from cnncalc.atlas.near import COMPARED, distance
from cnncalc.atlas.table import COLUMNS, FILE, PROOFS, rows

DATA = Path(__file__).parents[1] / "data"


def of(call, *arguments):
    done = call("atlas", *arguments, "--format", "json")
    assert done.code == 0, done.err
    return json.loads(done.out)


def test_the_table_is_small_and_says_how_each_row_was_proven():
    assert FILE.stat().st_size < 1_000_000
    assert {row["proof"] for row in rows()} <= set(PROOFS)
    assert {row["source"] for row in rows()} == {"torchvision", "timm", "cnncalc"}
    keys = [(row["source"], row["name"]) for row in rows()]
    assert len(set(keys)) == len(keys)


def test_figures_that_torchvision_publishes():
    found = {row["name"]: row for row in rows() if row["source"] == "torchvision"}
    with (DATA / "torchvision.csv").open(encoding="utf-8") as file:
        published = [row for row in csv.DictReader(file) if row["model"] in found]
    held = [row for row in published if found[row["model"]]["input"].endswith(f"x{row['eval_input_hw']}")]
    assert len({row["model"] for row in held}) > 10
    for row in held:
        ours = found[row["model"]]
        assert (ours["params"], ours["macs"]) == (int(row["num_params"]), int(row["repro_macs"])), row["model"]


def test_a_network_in_full(call):
    done = call("atlas", "torchvision/resnet50")
    shown = dict(line.split(maxsplit=1) for line in done.out.splitlines()[:-1])
    assert shown["params"] == "25,557,032"  # torchvision's num_params
    assert shown["macs"] == "4,089,184,256"
    assert shown["rf"] == "427"  # Araujo et al. 2019 have 483 for strides in the 1x1; here they are in the 3x3
    assert shown["depth"] == "50"
    assert shown["proof"] == "equal outputs"


@pytest.mark.parametrize(("name", "depth"), [("vgg16", 16), ("densenet121", 121), ("alexnet", 8), ("resnet18", 18)])
def test_depth_is_what_the_name_says(call, name, depth):
    assert [row["depth"] for row in of(call, f"torchvision/{name}")] == [depth]


@pytest.mark.parametrize("name", ["squeezenet1_1", "mobilenet_v2"])
def test_a_row_made_again_from_torchvision(call, operators, name):
    assert operators
    models = pytest.importorskip("torchvision.models")
    from cnncalc.convert.pytorch import from_torch, samples

    text = from_torch(models.get_model(name, weights=None), samples([(3, 224, 224)]))
    made = figures(cnncalc.analyze(text).analysis)
    row = of(call, f"torchvision/{name}")[0]
    assert made == {key: row[key] for key in made}


def test_conditions(call):
    found = of(call, "--where", "macs < 1G and rf > 200 and not source == timm", "--sort", "params")
    assert found
    assert all(row["macs"] < 10**9 and (row["rf"] == "all" or row["rf"] > 200) for row in found)
    assert [row["params"] for row in found] == sorted(row["params"] for row in found)
    few = of(
        call, "--where", "weights < 20 MiB and rf != all or depth == 8", "--sort", "depth", "--reverse", "--limit", "3"
    )
    assert len(few) == 3
    assert few[0]["depth"] >= few[-1]["depth"]
    assert all(row["weights"] < 20 * 2**20 or row["depth"] == 8 for row in few)


def test_likeness(call):
    found = of(call, "--like", "resnet50", "--limit", "2")
    assert {(row["source"], row["name"]) for row in found} == {("cnncalc", "resnet50"), ("torchvision", "resnet50")}
    assert found[0]["distance"] == found[1]["distance"] == 0
    one = dict.fromkeys(COMPARED, 1) | {"input": "3x8x8"}
    assert distance(one, dict.fromkeys(COMPARED, 3) | {"input": "3x8x8"}) == 1  # every (3 + 1) / (1 + 1) is 2
    assert distance(one | {"rf": "all"}, one | {"rf": 8}) == 0  # 8 is the axis


@pytest.mark.parametrize(
    "spec", ["1x16000 | conv 8 80 s4 | relu | globalavgpool | flatten | linear 10", "siamese", "m5"]
)
def test_likeness_of_other_inputs(call, spec):
    assert len(of(call, "--like", spec)) == 10


def test_formats(call):
    table = list(csv.reader(io.StringIO(call("atlas", "alexnet", "--format", "csv").out)))
    assert table[0] == list(COLUMNS)
    assert call("atlas", "alexnet", "--format", "markdown").out.startswith("| name |")
    assert call("atlas", "--columns", "name,rf", "--limit", "1").out.startswith("name ")
    every = call("atlas").out
    assert every.count("\n") == len(rows()) + 2


def test_a_narrow_screen(process):
    done = process("atlas", "--format", "terminal", env={"COLUMNS": "60", "PYTHONIOENCODING": "cp437"}, decode="cp437")
    assert all(len(line) <= 60 for line in done.out.splitlines()[:-1])
    assert done.out.splitlines()[-1].startswith("not shown, for want of width:")
    assert done.err == f"20 of {len(rows()):,} networks (--limit {len(rows())} shows all)\n"


def test_a_closed_pipe(shell):
    assert shell("cnncalc atlas | head -1").err == ""


def test_nothing_found(call):
    done = call("atlas", "--where", "params < 1")
    assert (done.code, done.err) == (1, "no network of the atlas is so\n")


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("mac < 1G", "--where:1:1: the atlas has no column 'mac'; did you mean 'macs'?"),
        ("family = resnet", "--where:1:8: expected and, or, or the end of the condition, found '='"),
        ("params", "--where:1:1: this compares nothing"),
        ("params > 1 and 3", "--where:1:16: this compares nothing"),
        ("1 < family", "--where:1:5: family is a text"),
        ("family < 3", "--where:1:1: a text is compared with == or != and a word"),
        ("macs < in.c", "--where:1:8: there is no in.c here"),
        ("macs < 5000T", "--where:1:8: this number is beyond 10^15"),
        ("macs / 0 < 1", "--where:1:1: division by zero"),
        ("macs < (1", "--where:1:10: expected ')' to close the bracket, found the end of the line"),
        ("macs < __import__(1)", "--where:1:8: unknown function '__import__'"),
        ("", "--where:1:1: expected a value, found the end of the line"),
    ],
)
def test_mistakes_in_a_condition(call, condition, message):
    done = call("atlas", "--where", condition)
    assert done.code == 2
    assert done.err.startswith(message)
    assert done.out == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["resnet51"], "Error: the atlas has no network 'resnet51'; did you mean"),
        (["--columns", "nam"], "Error: the atlas has no column 'nam'; did you mean 'name'?; it has name, source"),
        (["--columns", ","], "Error: --columns names no column: write for example --columns name,params,macs"),
        (["--sort", "distance"], "Error: the atlas has no column 'distance'"),
        (["--reverse"], "Error: --reverse is about --sort"),
        (["--like", "nosuch.yaml"], "Error: cannot read nosuch.yaml"),
    ],
)
def test_mistakes_in_the_call(call, arguments, message):
    done = call("atlas", *arguments)
    assert done.code == 2
    assert done.err.startswith(message)


def test_no_torch(shell):
    script = "from cnncalc.cli.main import main; main(['atlas', 'resnet50'])"
    done = shell(f'"{sys.executable}" -X importtime -c "{script}"')
    assert done.code == 0
    assert "cnncalc.atlas.table" in done.err
    assert "torch" not in done.err.split()
