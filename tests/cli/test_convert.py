"""``cnncalc convert``, and models of PyTorch where a spec can stand."""

from __future__ import annotations

import pytest

MODEL = """
from torch import nn

def net(width=4):
    return nn.Sequential(nn.Conv2d(3, width, 3, stride=3), nn.ReLU(), nn.Flatten(), nn.Linear(width * 4, 10))

number = 3
"""


@pytest.fixture
def model(tmp_path, monkeypatch):
    (tmp_path / "mymodel.py").write_text(MODEL, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


@pytest.mark.usefixtures("model")
def test_torch(call):
    done = call("convert", "torch", "mymodel:net", "--input", "3x7x7", "--arg", "width=8")
    assert done.code == 0
    assert done.out.splitlines() == [
        "# Converted from mymodel:net.", "cnncalc: 1", "name: Sequential", "input: 3x7x7", "layers:",
        "  - conv 8 3 s3 | relu | flatten | linear 10",
    ]  # fmt: skip


def test_check(call, model):
    done = call("convert", "torch", "mymodel:net", "--input", "3x7x7", "--check", "-o", "net.yaml")
    assert (done.code, done.out) == (0, "")
    assert done.err == "mymodel:net: the spec has the same tensors and gives the same outputs, to the bit\n"
    assert (model / "net.yaml").exists()


@pytest.mark.usefixtures("model")
def test_a_model_where_a_spec_can_stand(call):
    done = call("analyze", "torch:mymodel:net", "--input", "3x7x7")
    assert done.code == 0
    assert "conv" in done.out
    done = call("lint", "torch:mymodel:net", "--sizes", "7", "--output", "concise")
    assert "FT001" in done.out
    done = call("time", "torch:mymodel:net", "--input", "3x7x7", "--seconds", "0.01", "--no-roofline")
    assert done.code == 0


@pytest.mark.usefixtures("model")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("torch", "mymodel"), "'mymodel' is no package.module:factory, such as torchvision.models:resnet50"),
        (("torch", "nomodel:net"), "cannot import nomodel: No module named 'nomodel'"),
        (("torch", "mymodel:nett"), "mymodel has no 'nett'; did you mean 'net'?"),
        (("torch", "mymodel:net", "--arg", "depth=3"), "mymodel:net: net() got an unexpected keyword argument 'depth'"),
        (("torch", "mymodel:net", "--arg", "depth"), "'depth': --arg needs NAME=VALUE, such as width=2"),
        (
            ("tensorflow", "x"),
            "there is no format 'tensorflow'; there are auto, torch, darknet, caffe, keras, onnx, ultralytics",
        ),
        (("nothing.cfg",), "cannot read nothing.cfg: No such file or directory"),
        (("darknet", "mymodel.py", "--check"), "--check and --arg are for torch"),
    ],
)
def test_mistakes(call, arguments, message):
    done = call("convert", *arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err == f"Error: {message}\n"


@pytest.mark.usefixtures("model")
def test_what_is_no_module(call):
    assert "which is no torch.nn.Module" in call("convert", "torch", "builtins:dict").err


def test_files(call, tmp_path):
    path = tmp_path / "net.cfg"
    path.write_text(
        "[net]\nheight=8\nwidth=8\nchannels=3\n[convolutional]\nfilters=4\nsize=1\nactivation=relu\n", encoding="utf-8"
    )
    done = call("convert", str(path))
    assert done.out.splitlines()[-1] == "  - conv 4 1 | relu"
    path.write_text("[net]\nheight=8\nwidth=8\nchannels=3\n[what]\n", encoding="utf-8")
    done = call("convert", str(path))
    assert (done.code, done.err) == (2, "Error: net cannot be converted:\n  line 5: [what]\n")


def test_an_ultralytics_model_is_converted(call, tmp_path):
    file = tmp_path / "small.yaml"
    rows = '[[-1, 1, Conv, [64, 3, 2]]]\nhead: [[-1, 1, nn.Upsample, [None, 2, "nearest"]]]\n'
    file.write_text(f"nc: 3\nscales: {{n: [0.33, 0.25, 1024]}}\nbackbone: {rows}", encoding="utf-8")
    done = call("convert", str(file), "--input", "3x64x64")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"# Converted from {file}.\ncnncalc: 1\nname: small\ninput: 3x64x64\n")
    assert "      - 0 = cba w64 3 s=2\n      - 1 = upsample 2\n" in done.out
