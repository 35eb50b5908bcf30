"""``cnncalc build``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SHIPPED = sorted(path.stem for path in Path("specs").glob("*.yaml"))
ROOT = Path(__file__).parents[2]


def test_the_source_runs_by_itself(call, tmp_path):
    target = tmp_path / "net.py"
    done = call("build", "-e", "3x8x8 | conv 4 3 | relu | flatten | linear 10 last", "-o", str(target))
    assert (done.code, done.out, done.err) == (0, "", "")
    ran = subprocess.run([sys.executable, str(target)], capture_output=True, text=True, check=True)
    assert ran.stdout.strip().endswith("(1, 10)")


def test_no_torch_is_imported():
    code = "import sys; from cnncalc.cli import main\ntry: main(['build', 'alexnet'])\nexcept SystemExit: assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, cwd=ROOT)


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("style", ["blocks", "flat"])
def test_every_shipped_spec_is_clean_python(name, style, call, tmp_path):
    target = tmp_path / f"{name}.py"
    assert call("build", name, "--style", style, "-o", str(target)).code == 0
    for command in (["check", "--isolated"], ["format", "--isolated", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, str(target)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout


def test_mermaid(call):
    done = call("build", "--emit", "mermaid", "-e", "1x8x8 | conv 4 3 | relu")
    assert done.out.startswith("flowchart TB\n")
    assert "conv" in done.out
    assert "4x6x6" in done.out


def test_dot(call):
    done = call("build", "--emit", "dot", "-e", "1x8x8 | conv 4 3 | relu")
    assert done.out.startswith("digraph")
    assert done.out.rstrip().endswith("}")


def test_onnx(call, tmp_path):
    pytest.importorskip("onnx")
    pytest.importorskip("onnxscript")
    target = tmp_path / "net.onnx"
    assert call("build", "--emit", "onnx", "lenet5", "-o", str(target)).code == 0
    assert target.stat().st_size > 4 * 61_706  # the weights, 4 bytes each


def test_without_torch():
    block = "import sys; sys.modules['torch'] = None; import importlib.util as u; find = u.find_spec\n"
    block += "u.find_spec = lambda name, *a: None if name == 'torch' else find(name, *a)\nfrom cnncalc.cli import main\nmain(sys.argv[1:])"
    for command in (["build", "--emit", "onnx", "lenet5"], ["verify", "lenet5"], ["time", "lenet5"]):
        done = subprocess.run(
            [sys.executable, "-c", block, *command], capture_output=True, text=True, check=False, cwd=ROOT
        )
        assert done.returncode == 2
        assert done.stderr == f"Error: {' '.join(command[:-1])} needs torch: pip install 'cnncalc[torch]'\n"


def test_a_broken_spec(call):
    done = call("build", "-e", "3x8x8 | conv 4 11")
    assert (done.code, done.out) == (2, "")
    assert "window 11 is larger than the input 8" in done.err


def test_cannot_write(call):
    done = call("build", "lenet5", "-o", "/nowhere/net.py")
    assert (done.code, done.err) == (2, "Error: cannot write /nowhere/net.py: No such file or directory\n")


def test_verify(call):
    done = call(
        "verify", "-e", "3x9x9 | conv 4 3 s2 | bn | relu | maxpool 2 | flatten | linear 5 last", "--format", "json"
    )
    found = json.loads(done.out)
    assert (done.code, found["holds"]) == (0, True)
    kinds = {claim["kind"] for claim in found["claims"]}
    assert kinds >= {
        "output", "parameters", "buffers", "state_dict", "MACs", "values", "saved for backward", "receptive field",
        "inference peak", "training peak",
    }  # fmt: skip


def test_verify_under_autocast(call):
    done = call("verify", "-e", "3x9x9 | conv 4 3 | relu | flatten | linear 5", "--dtype", "autocast", "--all")
    assert done.code == 0
    assert "saved in evaluation" in done.out
    # The input and the 4 * 3 * 3 * 3 weights in bfloat16, for a batch of 2: 2 * (2 * 243 + 108) bytes.
    line = next(line.split() for line in done.out.splitlines() if line.startswith("saved for backward"))
    assert line == ["saved", "for", "backward,", "bytes", "0", "1,188", "1,188", "equal"]
    assert sum("module in one" in row for row in done.out.splitlines()) == 2


def test_analyze_under_autocast(call):
    """Weights in float32: 108 + 4 numbers; the output of the convolution, 4 x 7 x 7, in bfloat16."""
    done = call("analyze", "-e", "3x9x9 | conv 4 3", "--dtype", "autocast", "--format", "json")
    found = json.loads(done.out)
    assert found["totals"]["weight_bytes"] == 4 * 112
    assert found["layers"][0]["output_bytes"] == 2 * 4 * 7 * 7


def test_verify_table(call):
    done = call("verify", "-e", "3x9x9 | conv 4 3 | relu")
    assert done.code == 0
    assert "parameters" in done.out
    assert "equal" in done.out


def test_verify_in_markdown_shows_every_claim(call):
    done = call("verify", "-e", "3x9x9 | conv 4 3 | relu", "--all", "--format", "markdown")
    assert done.out.count("| output ") == 2


def test_time(call, tmp_path, monkeypatch):
    monkeypatch.setenv("CNNCALC_CACHE", str(tmp_path))
    options = ("--seconds", "0.01", "--no-roofline")
    done = call(
        "time",
        "-e",
        "3x9x9 | conv 4 3 | bn | relu",
        *options,
        "--mode",
        "eager,channels_last,fused",
        "--per-layer",
        "--format",
        "json",
    )
    found = json.loads(done.out)
    assert done.code == 0
    assert [timing["mode"] for timing in found["timings"]] == ["eager", "channels_last", "fused"]
    assert all(timing["measured"]["n"] >= 5 for timing in found["timings"])
    assert [layer["op"] for layer in found["timings"][0]["layers"]] == ["conv", "batchnorm", "relu"]
    # 2 * 7*7*4*27 for the convolution (its bias starts the sums)
    assert found["timings"][0]["flops"] >= 2 * 7 * 7 * 4 * 27


def test_time_compares(call):
    done = call("time", "-e", "3x9x9 | conv 4 3", "-e", "3x9x9 | conv 8 3", "--seconds", "0.01", "--no-roofline")
    assert done.code == 0
    assert " times as long as " in done.out


def test_time_as_timm_writes_it(call):
    done = call("time", "lenet5", "--batch", "1,2", "--seconds", "0.01", "--no-roofline", "--format", "timm")
    head, *rows = done.out.splitlines()
    assert (
        head
        == "model,infer_img_size,infer_samples_per_sec,infer_step_time,infer_batch_size,param_count,infer_gmacs,infer_macts"
    )
    assert [row.split(",")[4] for row in rows] == ["1", "2"]
    assert rows[0].split(",")[5] == "0.06"


def test_time_of_training(call):
    done = call("time", "lenet5", "--train", "--seconds", "0.01", "--no-roofline")
    assert done.code == 0
    assert "eager train" in done.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--device", "gpu"), "there is no device 'gpu' here: torch "),
        (("--device", "cpu:3"), "there is no device 'cpu:3' here: torch "),
        (("--batch", "0"), "--batch '0': needs whole numbers of at least 1, such as 1,8"),
        (("--batch", "1,x"), "--batch '1,x': needs whole numbers of at least 1, such as 1,8"),
        (("--mode", "eagre"), "--mode 'eagre' is none of eager, compile, channels_last, fused; did you mean 'eager'?"),
    ],
)
def test_mistakes_of_time(call, arguments, message):
    done = call("time", "lenet5", *arguments)
    assert (done.code, done.out) == (2, "")
    assert message in done.err


def test_a_mode_that_makes_no_sense(call):
    done = call("time", "-e", "3x9x9 | conv 4 3", "--mode", "fused", "--seconds", "0.01", "--no-roofline")
    assert done.code == 1
    assert "not run: no batch normalisation directly follows a convolution" in done.out
    done = call("time", "-e", "3x9 | conv 4 3", "--mode", "channels_last", "--seconds", "0.01", "--no-roofline")
    assert "not run: the layout is for feature maps with two or three spatial axes" in done.out
