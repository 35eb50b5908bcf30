"""The real command, as a user runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def cnncalc(*arguments: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cnncalc", *arguments]
    return subprocess.run(command, cwd=ROOT, input=text, capture_output=True, text=True, check=False)


def test_the_window_of_the_notes() -> None:
    # 7 pixels, window 3, stride 3: (7 - 3) / 3 + 1 = 7/3, two rows of output, one row of the input lost
    done = cnncalc("analyze", "-e", "1x7x7 | maxpool 3 s3", "--format", "json")
    layer = json.loads(done.stdout)["layers"][0]
    assert done.returncode == 0
    assert layer["exact_size"] == ["7/3", "7/3"]
    assert layer["output_shape"] == [1, 2, 2]
    assert layer["lost_real"] == [1, 1]


def test_alexnet_parameters() -> None:
    # 96*3*121+96 + 256*96*25+256 + 384*256*9+384 + 384*384*9+384 + 256*384*9+256
    # + 4096*9216+4096 + 4096*4096+4096 + 1000*4096+1000
    done = cnncalc("analyze", "specs/alexnet.yaml", "--format", "json")
    assert json.loads(done.stdout)["totals"]["params"] == 62_378_344
    assert done.returncode == 0
    assert done.stderr == ""


def test_a_broken_layer_does_not_end_the_analysis() -> None:
    done = cnncalc("analyze", "-e", "3x8x8 | conv 8 9 | relu | cnov 3 | relu")
    assert done.returncode == 2
    assert "window 9 is larger than the input 8" in done.stderr
    assert "unknown layer 'cnov'; did you mean 'conv'?" in done.stderr
    assert "-e:1:27" in done.stderr  # 8 + 11 + 7 characters stand before it
    assert len([line for line in done.stdout.splitlines() if "relu" in line]) == 2
    assert "Traceback" not in done.stderr


def test_head_ends_quietly() -> None:
    done = subprocess.run(
        f"{sys.executable} -m cnncalc layers | head -1",
        cwd=ROOT,
        shell=True,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.returncode == 0


def test_no_torch_and_no_rich_in_a_pipe() -> None:
    script = (
        "import sys\n"
        "sys.argv = ['cnncalc', 'analyze', 'specs/alexnet.yaml']\n"
        "import cnncalc.cli\n"
        "try:\n    cnncalc.cli.main()\n"
        "except SystemExit as end:\n    assert not end.code\n"
        "print(sorted({'torch', 'numpy', 'rich'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "[]"
