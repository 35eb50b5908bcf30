"""What the commands say to a wrong call: one line, exit code 2, nothing on standard output."""

from __future__ import annotations

import os
import pty
import sys
from pathlib import Path

import pytest

NET = "3x8x8 | a = conv 4 3 | relu | relu"
ONE = ("-e", "3x8x8 | conv 4 3 | relu | relu")

CALLS = [
    (("analyse",), "there is no command 'analyse'; did you mean 'analyze'?"),
    (("analyze", *ONE, "--dtype", "float31"), "unknown dtype 'float31': use one of float32, "),
    (("analyze", *ONE, "--format", "json", "--depth", "1"), "json has all columns and all layers: leave out --columns and --depth"),
    (("analyze", *ONE, "--columns", " , "), "--columns names no column: write for example --columns layer,output,params"),
    (("analyze", *ONE, "--columns", "layr"), "there is no column 'layr'; did you mean 'layer'?; there are "),
    (("explain", *ONE, "relu"), "'relu' means 2 layers: 1, 2; give one path"),
    (("explain", *ONE), "which layer? cnncalc explain SPEC LAYER"),
    (("explain", *ONE, "1", "--why", "8"), "1 is a relu, which has no window: --why is about windows"),
    (("explain", *ONE, "0", "--why", "8", "--format", "markdown"), "--why prints a table as text: leave out --format"),
    (("fit", *ONE), "which sizes? cnncalc fit SPEC 200..260"),
    (("fit", *ONE, "200-260"), "'200-260' is no range of sizes: write 200..260 or 320..608:32, at most "),
    (("build", "lenet5", *ONE), "this command takes one spec: a file, - for standard input, or -e TEXT"),
    (("fmt",), "no file: give a spec, or - for standard input"),
    (("build", "-e", "3x8x8 ; forward = conv 4 3"), "no module of PyTorch can be named 'forward'; rename it in the spec"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "message"), CALLS, ids=[" ".join(arguments)[:50] for arguments, _ in CALLS])
def test_of_a_wrong_call(call, arguments, message):
    done = call(*arguments)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert "Error: " in done.err


def test_onnx_is_no_text_for_a_terminal():
    if sys.platform == "win32":
        pytest.skip("no pseudo terminals")
    pytest.importorskip("torch")
    parent, child = pty.openpty()
    import subprocess

    done = subprocess.run(
        [sys.executable, "-m", "cnncalc", "build", "lenet5", "--emit", "onnx"], stdout=child, stderr=subprocess.PIPE, check=False
    )  # fmt: skip
    os.close(child)
    os.close(parent)
    assert done.returncode == 2
    assert done.stderr.decode() == "Error: ONNX is no text for a terminal: give a file, -o net.onnx\n"


def test_closed_standard_input(shell):
    done = shell("cnncalc analyze - <&-")
    assert (done.code, done.err) == (2, "Error: cannot read -: standard input is closed\n")


def test_full_standard_output(shell):
    if not Path("/dev/full").exists():
        pytest.skip("no full device")
    done = shell("cnncalc analyze lenet5 > /dev/full")
    assert (done.code, done.err) == (2, "Error: cannot write to standard output: No space left on device\n")


def test_no_git(process, tmp_path):
    done = process("analyze", "git:HEAD:specs/lenet5.yaml", env={"PATH": str(tmp_path)})
    assert done.code == 2
    assert done.err.startswith("Error: cannot run git: ")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("3x8x8 | relu ; p = maxpool 2 d2 ; conv 3 1 ; unpool p", "the maxpool 'p' has unequal padding or dilation, which cannot be undone"),
        ("3x8x8 ; p = relu ; unpool p", "'p' is no maxpool but a layer of kind relu"),
    ],
)  # fmt: skip
def test_of_an_unpool(call, text, message):
    done = call("analyze", "-e", text)
    assert done.code == 2
    assert message in done.err


def test_settings_of_the_linter(call, tmp_path):
    for name, text, message in (
        ("pyproject.toml", "[tool]\ncnncalc = {lint = 3}\n", "'lint' must be a table"),
        ("cnncalc.toml", '[per-file-ignores]\n"*.yaml" = 3\n', "per-file-ignores: '*.yaml' must be a list of texts"),
    ):
        folder = tmp_path / name.partition(".")[0]
        folder.mkdir()
        (folder / name).write_text(text)
        (folder / "net.yaml").write_text("cnncalc: 1\ninput: 3x8x8\nlayers: [conv 4 3]\n")
        done = call("lint", str(folder))
        assert done.code == 2
        assert message in done.err


def test_a_batch_in_python():
    import cnncalc
    from cnncalc.diagnostics import UsageError

    with pytest.raises(UsageError, match="batch 0 is below 1: a batch has at least one sample"):
        cnncalc.analyze("lenet5", batch=0)
    with pytest.raises(UsageError, match="the batch is beyond 1,000,000,000 samples"):
        cnncalc.analyze("lenet5", batch=10**400)
    with pytest.raises(UsageError, match="unknown optimizer 'sdg': use one of sgd, momentum, adam"):
        cnncalc.analyze("lenet5", optimizer="sdg")


def test_onnx_is_not_installed(call, process, tmp_path, monkeypatch):
    pytest.importorskip("torch")
    from cnncalc.runtime import onnx

    monkeypatch.setattr(onnx, "PACKAGES", ("nowhere", "elsewhere"))
    done = call("build", "lenet5", "--emit", "onnx", "-o", str(tmp_path / "net.onnx"))
    assert done.code == 2
    assert done.err == "Error: --emit onnx needs nowhere and elsewhere: pip install nowhere elsewhere\n"
    (tmp_path / "onnx.py").write_text("raise ImportError\n")
    (tmp_path / "net.onnx").write_bytes(b"")
    done = process("convert", "onnx", str(tmp_path / "net.onnx"), env={"PYTHONPATH": str(tmp_path)})
    assert (done.code, done.err) == (2, "Error: convert onnx needs onnx: pip install onnx\n")


def test_what_onnx_cannot_say(call, tmp_path, monkeypatch):
    torch = pytest.importorskip("torch")
    pytest.importorskip("onnxscript")

    def refuse(*_arguments, **_options):
        raise RuntimeError("no such operator\nand much more")

    monkeypatch.setattr(torch.onnx, "export", refuse)
    done = call("build", "lenet5", "--emit", "onnx", "-o", str(tmp_path / "net.onnx"))
    assert (done.code, done.err) == (2, "Error: LeNet-5 cannot be written as ONNX: no such operator\n")
    assert not (tmp_path / "net.onnx").exists()


def test_a_plugin_with_a_code_of_ours(monkeypatch):
    from types import SimpleNamespace

    from cnncalc.diagnostics import UsageError
    from cnncalc.lint import plugins
    from cnncalc.lint._index import RULES

    own = SimpleNamespace(RULE=RULES[0], check=print)
    monkeypatch.setattr(plugins, "entry_points", lambda group: [SimpleNamespace(name="mine", load=lambda: own)])
    with pytest.raises(UsageError, match="codes of plugins begin with X, such as XAC001"):
        plugins.modules(("mine",))
