"""``cnncalc diff``."""

from __future__ import annotations

import json
import subprocess

import pytest

OLD = "cnncalc: 1\nname: net\ninput: 3x8x8\nlayers:\n  - conv 4 3\n  - relu\n"


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old.yaml").write_text(OLD, encoding="utf-8")
    (tmp_path / "new.yaml").write_text(OLD.replace("conv 4 3", "conv 8 3") + "  - maxpool 2\n", encoding="utf-8")
    return tmp_path


@pytest.mark.usefixtures("files")
def test_plain(call):
    done = call("diff", "old.yaml", "new.yaml")
    # parameters 4*27 + 4 and 8*27 + 8; MACs per weight 36 places
    assert done.out.splitlines()[:5] == [
        "~ 0  conv: out_channels 4 -> 8, out 4x6x6 -> 8x6x6, params 112 -> 224, MACs 3,888 -> 7,776",
        "~ 1  relu: out 4x6x6 -> 8x6x6",
        "+ 2  maxpool 8x3x3, 0 parameters, 0 MACs",
        "",
        "params                              112  ->                224   +100.0 %",
    ]
    assert done.code == 0


@pytest.mark.usefixtures("files")
def test_same(call):
    assert call("diff", "old.yaml", "old.yaml").out.startswith("the layers are the same\n")


@pytest.mark.usefixtures("files")
def test_markdown(call):
    out = call("diff", "old.yaml", "new.yaml", "--format", "markdown").out
    assert "| params | 112 | 224 | +100.0 % |" in out
    assert "| + | `2` | maxpool 8x3x3, 0 parameters, 0 MACs |" in out


@pytest.mark.usefixtures("files")
def test_json(call):
    found = json.loads(call("diff", "old.yaml", "new.yaml", "--format", "json").out)
    assert found["totals"]["params"] == {"before": 112, "after": 224, "share": "1"}
    assert [layer["change"] for layer in found["layers"]] == ["changed", "changed", "added"]


def test_a_layer_before_moves_the_numbering_and_nothing_else(call, files):
    (files / "new.yaml").write_text(OLD.replace("  - conv", "  - identity\n  - conv"), encoding="utf-8")
    found = json.loads(call("diff", "old.yaml", "new.yaml", "--format", "json").out)
    assert [(layer["change"], layer["op"]) for layer in found["layers"]] == [("added", "identity")]


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        ("macs > +5%", 1),
        ("macs > +100%", 0),
        ("macs >= +100%", 1),
        ("params > 200", 1),
        ("params > 1k", 0),
        ("params < 10%", 0),
    ],
)
@pytest.mark.usefixtures("files")
def test_fail_if(call, condition, code):
    done = call("diff", "old.yaml", "new.yaml", "--fail-if", condition)
    assert done.code == code
    if code:
        assert done.err.startswith(f"fails: {condition}: ")


def test_of_git(call, files):
    for command in (
        ["init", "-q"],
        ["add", "old.yaml"],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "a"],
    ):
        subprocess.run(["git", *command], check=True)  # noqa: S607 (whatever git there is)
    (files / "old.yaml").write_text(OLD.replace("conv 4", "conv 5"), encoding="utf-8")
    assert "out_channels 4 -> 5" in call("diff", "git:HEAD:old.yaml", "old.yaml").out
    done = call("diff", "git:HEAD:none.yaml", "old.yaml")
    assert (done.code, "none.yaml" in done.err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("git:HEAD", "old.yaml"), "'git:HEAD' is no git:REV:PATH, such as git:main:net.yaml"),
        (
            ("old.yaml", "new.yaml", "--fail-if", "macs"),
            "--fail-if 'macs': conditions are such as 'macs > +5%' or 'params > 25M'",
        ),
        (
            ("old.yaml", "new.yaml", "--fail-if", "mac > 5%"),
            "--fail-if 'mac > 5%': there is no total 'mac'; did you mean 'macs'?; there are params, ",
        ),
    ],
)
@pytest.mark.usefixtures("files")
def test_mistakes(call, arguments, message):
    done = call("diff", *arguments)
    assert done.code == 2
    assert done.err.startswith(f"Error: {message}")


def test_what_was_added_is_named_and_nothing_else(call):
    # VGG-13 has a second convolution, with its ReLU, in each of the first two stages
    found = json.loads(call("diff", "vgg11", "vgg13", "--format", "json").out)
    assert {layer["change"] for layer in found["layers"]} == {"added"}
    assert sorted(layer["op"] for layer in found["layers"]) == ["conv", "conv", "relu", "relu"]


def test_more_blocks_of_a_stage(call):
    # ResNet-34 has 3, 4, 6, 3 blocks where ResNet-18 has 2, 2, 2, 2
    found = json.loads(call("diff", "resnet18", "resnet34", "--format", "json").out)
    added = {".".join(layer["path"].split(".")[:2]) for layer in found["layers"]}
    assert {layer["change"] for layer in found["layers"]} == {"added"}
    assert added == {"layer1.2", "layer2.2", "layer2.3", *(f"layer3.{i}" for i in range(2, 6)), "layer4.2"}


def test_settings_of_the_new_one(call):
    done = call("diff", "-e", "3x8x8 | conv 4 3", "-e", "3x8x8 | conv 4 3 nobias", "--fail-if", "params < 112")
    assert done.code == 1
    half = json.loads(call("diff", "mobilenet_v1", "mobilenet_v1", "--new-set", "width=1/2", "--format", "json").out)
    same = json.loads(call("diff", "mobilenet_v1", "mobilenet_v1", "--set", "width=1/2", "--format", "json").out)
    assert half["totals"]["params"]["after"] == same["totals"]["params"]["before"] < half["totals"]["params"]["before"]


@pytest.mark.parametrize(
    ("names", "said"), [((), "there are 0"), (("lenet5",), "there is 1"), (("lenet5",) * 3, "there are 3")]
)
def test_two_networks(call, names, said):
    done = call("diff", *names)
    assert (done.code, "no spec" in done.err or said in done.err) == (2, True)


def test_a_variant_of_the_new_one(call):
    found = json.loads(
        call("diff", "resnet_cifar", "resnet_cifar", "--new-variant", "resnet56", "--format", "json").out
    )
    # He et al. 2016, table 6: 0.27M and 0.85M parameters; the projections add 576 + 2,176 (16*32 + 2*32, 32*64 + 2*64)
    assert [round(found["totals"]["params"][when] / 1e6, 2) for when in ("before", "after")] == [0.27, 0.86]
