"""Figures of a benchmark: their ratios, the file that keeps them, and how two runs are compared. Nothing is timed here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))

from figures import Figure, read, written  # noqa: E402 (a script's neighbour)


def compare(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "compare"), *words], capture_output=True, text=True, check=False
    )


def kept(file: Path, **ratios: float) -> str:
    written([Figure(name, "a floor", 2 * ratio, 2.0) for name, ratio in ratios.items()], file)
    return str(file)


@pytest.mark.parametrize(
    ("figure", "line"),
    [
        (Figure("load", "a floor", 0.006, 0.002), "3.000 times a floor: 6 ms to 2 ms"),
        (Figure("load", "a peer", 0.0005, 2.0), "4000.0x less  a peer: 500 us to 2 s"),
        (Figure("load", "a floor", 6e-7, 3e-7), "2.000 times a floor: 600 ns to 300 ns"),
        (Figure("memory", "a floor", 1500, 500, "bytes"), "3.000 times a floor: 1.5e+03 bytes to 500 bytes"),
    ],
)
def test_a_figure_in_a_line(figure, line):
    assert " ".join(figure.line().split()) == f"{figure.name} {' '.join(line.split())}"


def test_figures_are_kept_and_read(tmp_path):
    file = tmp_path / "new.json"
    kept(file, load=1.5)
    assert read(file)["load"] == {
        "name": "load", "against": "a floor", "ours": 3.0, "theirs": 2.0, "unit": "s", "ratio": 1.5,
    }  # fmt: skip
    assert set(json.loads(file.read_text())["about"]) == {"python", "machine", "processors", "load"}


def test_two_runs_are_compared(tmp_path):
    old = kept(tmp_path / "old.json", load=2.0, lint=1.0, gone=1.0)
    new = kept(tmp_path / "new.json", load=3.0, lint=0.5, edit=7.0)
    done = compare(old, new)
    assert [" ".join(line.split()) for line in done.stdout.splitlines()] == [
        "load 2.000 to 3.000 times a floor: +50%, worse",
        "lint 1.000 to 0.500 times a floor: -50%, better",
        "edit 7.000 times a floor; it is new",
        f"gone is not in {new}",
    ]
    assert done.returncode == 1
    done = compare(old, new, "--tolerance", "0.6")
    assert "load 2.000 to 3.000 times a floor: +50%, as before" in " ".join(done.stdout.split())
    assert done.returncode == 0


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"figures": 1}', '{"figures": [{}]}'])
def test_what_is_no_benchmark(tmp_path, text):
    file = tmp_path / "odd.json"
    file.write_text(text)
    done = compare(str(file), str(file))
    assert done.stderr == f"{file}: no figures of a benchmark\n"
    assert done.returncode == 1


def test_a_part_that_is_none():
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "run.py"), "nothing"], capture_output=True, text=True, check=False
    )
    assert "there is no part 'nothing'; there are start, warm, scale, edit, lint, convert, same, draw" in done.stderr
    assert done.returncode == 2


def test_every_figure_of_the_last_run_is_told():
    """docs/performance.md has every figure of the last run, with its ratio."""
    told = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    for name, figure in read(ROOT / "benchmarks" / "results.json").items():
        assert f"| {name} | {figure['against']} | {figure['ratio']:.3g} |" in told, name
