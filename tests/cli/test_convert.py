"""``cnncalc convert``, and models of PyTorch where a spec can stand."""

from __future__ import annotations

import json
import sys

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
            "there is no format 'tensorflow'; there are auto, torch, darknet, caffe, keras, onnx, tflite, huggingface, ultralytics",
        ),
        (("nothing.cfg",), "cannot read nothing.cfg: No such file or directory"),
        (("darknet", "mymodel.py", "--check"), "--check, --arg, --assume and --opaque are for torch"),
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


THEIRS = """
import sys
from torch import nn

print("a line of their own")

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 3)
        self.fc = nn.Linear(1050, 10)

class Shapes(Net):
    def forward(self, x):
        return self.fc(self.conv(x).flatten(1))

class Endless(Net):
    def forward(self, x):
        return self.forward(x)

class Ends(Net):
    def forward(self, x):
        sys.exit(0)

class Hostile(Net):
    def forward(self, x):
        raise ValueError("red \\x1b[31m")

class Index(Net):
    def forward(self, x):
        return x[0][7]

class Made(Net):
    def __init__(self):
        self.x = 1 + "a"

class Fine(Net):
    def forward(self, x):
        print("another")
        return self.conv(x)

def three():
    return 3
"""


@pytest.fixture
def strangers(tmp_path, monkeypatch):
    (tmp_path / "strangers.py").write_text(THEIRS, encoding="utf-8")
    texts = {
        "missing": "import there_is_no_such_thing",
        "syntax": "def f(:",
        "leaves": "import sys; sys.exit(0)",
        "key": "raise KeyError('x')",
        "part": "from torch import there_is_no_such_thing",
        "interrupts": "raise KeyboardInterrupt",
    }
    for name, text in texts.items():
        (tmp_path / f"their_{name}.py").write_text(f"{text}\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("strangers", *(f"their_{name}" for name in texts)):
        monkeypatch.delitem(sys.modules, name, raising=False)


@pytest.mark.usefixtures("strangers")
@pytest.mark.parametrize(
    ("source", "said", "line"),
    [
        ("strangers:Endless", "failed: RecursionError: ", "return self.forward(x)"),
        ("strangers:Ends", "running strangers:Ends on 1x8x8 ended the program: sys.exit(0)", "sys.exit(0)"),
        ("strangers:Hostile", "failed: ValueError: red \\x1b[31m", "raise ValueError("),
        ("strangers:Made", "calling strangers:Made failed: TypeError: ", 'self.x = 1 + "a"'),
        ("strangers:three", "strangers:three gives a value of type int, which is no torch.nn.Module", ""),
        ("their_missing:net", "importing their_missing failed: ModuleNotFoundError: ", "import there_is_no_such_thing"),
        ("their_syntax:net", "importing their_syntax failed: ", "def f(:"),
        ("their_leaves:net", "importing their_leaves ended the program: sys.exit(0)", "import sys; sys.exit(0)"),
        ("their_key:net", "importing their_key failed: KeyError: 'x'", "raise KeyError('x')"),
        ("their_part:net", "importing their_part failed: ImportError: ", "from torch import there_is_no_such_thing"),
    ],
)  # fmt: skip
def test_errors_of_others_are_told_as_theirs(call, source, said, line):
    for arguments in (("convert", "torch", source), ("analyze", f"torch:{source}")):
        done = call(*arguments, "--input", "1x8x8")
        assert (done.code, done.out) == (2, "")
        assert said.replace("running ", "running torch:" if arguments[0] == "analyze" else "running ") in done.err
        assert line in done.err
        assert "cnncalc itself" not in done.err
        assert "Traceback" not in done.err
        assert "\x1b" not in done.err


@pytest.mark.usefixtures("strangers")
@pytest.mark.parametrize(
    ("source", "said", "line"),
    [
        ("strangers:Shapes", "fails on ", "return self.fc(self.conv(x)"),
        ("strangers:Index", "__getitem__ fails on ", "return x[0][7]"),
    ],
)
def test_a_model_that_does_not_run_is_explained(call, source, said, line):
    for arguments in (("convert", "torch", source), ("analyze", f"torch:{source}")):
        done = call(*arguments, "--input", "1x8x8")
        assert (done.code, done.out) == (1, "")
        assert f"Error: {arguments[-1]} does not run on 1x8x8\n" in done.err
        assert said in done.err
        assert line in done.err
        assert "Traceback" not in done.err
    assert call("convert", "torch", source, "--input", "1x8x8", "--assume").code == 1


def test_assume_is_for_torch(call):
    done = call("convert", "net.cfg", "--assume")
    assert (done.code, done.out) == (2, "")
    assert "--check, --arg, --assume and --opaque are for torch" in done.err


@pytest.mark.usefixtures("strangers")
def test_what_others_print_is_no_output(call):
    done = call("convert", "torch", "strangers:Fine", "--input", "1x8x8")
    assert done.code == 0
    assert done.out.startswith("# Converted from strangers:Fine.\n")
    assert done.err == "a line of their own\nanother\n"


@pytest.mark.usefixtures("strangers")
def test_an_interrupt_of_others_interrupts(call):
    assert call("convert", "torch", "their_interrupts:net").code == 130


@pytest.mark.usefixtures("strangers")
@pytest.mark.parametrize("wrong", [None, json.loads], ids=["in our code", "in a library that we call"])
def test_our_own_errors_stay_ours(call, monkeypatch, wrong):
    monkeypatch.setattr("cnncalc.convert.pytorch.reader.regroup", wrong)
    done = call("convert", "torch", "strangers:Fine", "--input", "1x8x8")
    assert done.code == 3
    assert "cnncalc itself has failed: TypeError" in done.err


SPECTRUM = """
import torch
from torch import nn

class Spectrum(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.head = nn.Conv2d(3, 4, 3), nn.Linear(4, 2)

    def forward(self, x):
        return self.head(torch.fft.fft2(self.conv(x)).abs().mean((2, 3)))
"""


def test_what_cannot_be_said_is_opaque_if_that_is_wanted(model, call):
    (model / "spectrum.py").write_text(SPECTRUM, encoding="utf-8")
    refused = call("convert", "torch", "spectrum:Spectrum", "--input", "3x8x8")
    assert refused.code == 2
    assert "  spectrum.py:11: fft_fft2(...)\n  help: with --opaque they are taken" in refused.err
    taken = call("convert", "torch", "spectrum:Spectrum", "--input", "3x8x8", "--opaque", "-o", "net.yaml")
    assert taken.code == 0
    shown = call("analyze", "net.yaml", "--format", "json")
    assert json.loads(shown.out)["totals"]["params"] == 4 * 28 + 4 * 2 + 2
    assert call("build", "--emit", "torch", "net.yaml").code == 0


def test_opaque_is_for_torch(call):
    done = call("convert", "net.cfg", "--opaque")
    assert (done.code, done.err) == (2, "Error: --check, --arg, --assume and --opaque are for torch\n")


def test_whole_numbers_enter(model, call):
    (model / "words.py").write_text(
        "from torch import nn\n\ndef net():\n    return nn.Sequential(nn.Embedding(9, 4), nn.Linear(4, 2))\n",
        encoding="utf-8",
    )
    fractions = call("convert", "torch", "words:net", "--input", "7")
    assert fractions.code == 1
    assert "why: Embedding takes whole numbers" in fractions.err
    assert "remedy: --input '7 int'" in fractions.err
    done = call("convert", "torch", "words:net", "--input", "7 int", "--check")
    assert done.code == 0
    assert "gives the same outputs, to the bit" in done.err
