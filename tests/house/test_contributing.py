"""CONTRIBUTING.md: every piece of code does what is said there, in a copy of the package."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
MOST = 40
"""Lines of a piece of code."""


def sections() -> dict[str, str]:
    parts = re.split(r"(?m)^## ", TEXT)[1:]
    return {part.splitlines()[0]: part for part in parts}


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    folder = tmp_path_factory.mktemp("copy")
    shutil.copytree(ROOT / "cnncalc", folder / "cnncalc", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "specs", folder / "specs")
    for part in sections().values():
        code = re.search(r"```python\n(.*?)```", part, re.DOTALL)[1]
        file = re.findall(r"`(cnncalc/\w+(?:/\w+)*/\w+\.py)`[:,]", part[: part.index("```")])[-1]
        (folder / file).write_text(code, encoding="utf-8")
    pictures = folder / "cnncalc/draw/pictures.py"
    line = re.search(r'(?m)^    ("depth": Kind\(.*\),)$', TEXT)[1]
    pictures.write_text(
        pictures.read_text(encoding="utf-8").replace("KINDS = {", f"KINDS = {{\n    {line}"), encoding="utf-8"
    )
    return folder


def run(package: Path, *command: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(package), "OMP_NUM_THREADS": "1", "CNNCALC_NO_CACHE": "1"}
    done = subprocess.run(
        [sys.executable, *command],
        cwd=package,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    return done.stdout + done.stderr


def test_every_piece_is_short():
    for code in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL):
        assert len(code.splitlines()) <= MOST


def test_a_layer(package):
    run(package, "-m", "cnncalc.layers.registry")
    said = run(package, "-m", "cnncalc", "verify", "-e", "3x8x8 | conv 4 3 | expm1")
    assert "no count of expm1" in said
    assert "differs" not in said
    # 4 * 6 * 6 numbers, an exponential and a subtraction each
    assert "288" in run(package, "-m", "cnncalc", "explain", "-e", "3x8x8 | conv 4 3 | expm1", "expm1")


def test_a_rule(package):
    run(package, "-m", "cnncalc.lint.registry")
    said = run(package, "-m", "cnncalc", "lint", "-e", "3x8x8 | conv 4 1 s2", "--select", "XCV001")
    assert "XCV001" in said
    assert "skips what was computed" in said
    assert "XCV001" not in run(package, "-m", "cnncalc", "lint", "-e", "3x8x8 | conv 4 3 s2 p1", "--select", "XCV001")


def test_a_format(package):
    command = re.search(r'python -c "(.*)"', TEXT)[1]
    said = run(package, "-c", command)
    assert "conv 16 3 p1" in said
    # (32 / 2)^2 * 16 = 4096 values enter the last layer
    assert "linear 10" in said
    wrong = run(package, "-c", command.replace("-d10", "-q"))
    assert "part 3: there is no layer 'q'" in wrong


def test_a_picture(package):
    run(package, "-m", "cnncalc", "draw", "specs/alexnet.yaml", "depth", "-o", "depth.svg")
    assert "layers by kind" in (package / "depth.svg").read_text(encoding="utf-8")
