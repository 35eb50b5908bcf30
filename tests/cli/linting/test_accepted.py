"""Findings that are suppressed, accepted or fixed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.linting.files import BIAS, STRIDE, put


@pytest.mark.parametrize(
    "comment",
    ["  - conv 4 3 s3  # cnncalc: ignore[FT001] black rim", "  # cnncalc: ignore[input-pixels-dropped] black rim\n  - conv 4 3 s3",
     "  # cnncalc: disable[FT001] black rim\n  - conv 4 3 s3\n  # cnncalc: enable[FT001]", "  - conv 4 3 s3\n# cnncalc: file-ignore[FT001] black rim"],
)  # fmt: skip
def test_suppression(call, comment):
    put("net.yaml", f"cnncalc: 1\ninput: 1x7x7\nlayers:\n{comment}\n")
    assert call("lint") == (0, "", "1 spec: nothing found, 1 suppressed\n")


def test_a_suppression_ends_with_its_range(call):
    put(
        "net.yaml",
        "cnncalc: 1\ninput: 1x7x7\nlayers:\n  # cnncalc: disable[FT001] rim\n  - relu\n  # cnncalc: enable[FT001]\n  - conv 4 3 s3\n",
    )
    assert [line.split()[1] for line in call("lint", "--output", "concise").out.splitlines()] == ["LN001", "FT001"]


def test_suppressions_that_are_wrong(call):
    put(
        "net.yaml",
        "cnncalc: 1\ninput: 1x8x8\nlayers:\n  - conv 4 3  # cnncalc: ignore\n  - relu  # cnncalc: ignore[FT0001] x\n",
    )
    assert call("lint", "--output", "concise").out.splitlines() == [
        "net.yaml:4:15: LN003 blanket-suppression: name the rule: # cnncalc: ignore[CODE] reason",
        "net.yaml:5:11: LN002 unknown-rule-in-suppression: there is no rule 'FT0001'; did you mean 'FT001'?",
    ]


def test_baseline(call):
    put("net.yaml", STRIDE)
    assert call("lint", "--write-baseline") == (0, "", ".cnncalc-baseline.json: 1 finding accepted\n")
    assert call("lint").code == 0
    assert call("lint", "--no-baseline").code == 1
    put("net.yaml", STRIDE.replace("1x7x7", "1x8x8"))  # two rows lost in place of one: 44 % in place of 27 %
    assert "worse than in the baseline" in call("lint").out
    put("net.yaml", STRIDE.replace("s3", "s2"))
    assert (
        call("lint", "--output", "concise").out
        == "net.yaml: LN005 stale-baseline-entry: .cnncalc-baseline.json has FT001 at '0', which is no longer found\n"
    )
    assert call("lint", "--prune-baseline").code == 0
    assert json.loads(Path(".cnncalc-baseline.json").read_text(encoding="utf-8")) == {"version": 1, "findings": {}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON: "),
        ("[]", "this is no baseline: "),
        ('{"version": 1, "findings": {"a": 1}}', "this is no baseline: "),
    ],
)
def test_baselines_that_are_none(call, text, message):
    put("net.yaml", STRIDE)
    put(".cnncalc-baseline.json", text)
    done = call("lint")
    assert done.code == 2
    assert done.err.startswith(f"Error: .cnncalc-baseline.json: {message}")


def test_fix(call):
    put("net.yaml", BIAS)
    done = call("lint", "--fix")
    assert done.code == 0
    assert Path("net.yaml").read_text(encoding="utf-8") == BIAS.replace("conv 4 3 ", "conv 4 3 nobias ")
    assert done.err.splitlines()[0] == "net.yaml: NM001 0: leave the bias out (out unchanged, params -4, MACs ±0)"


def test_diff(call):
    put("net.yaml", BIAS)
    done = call("lint", "--diff")
    assert done.code == 1
    assert done.out.splitlines()[2:] == [
        "@@ -1,6 +1,6 @@", " cnncalc: 1", " input: 3x9x9", " layers:", "-  - conv 4 3  # first -> layer",
        "+  - conv 4 3 nobias  # first -> layer", "   - bn", "   - relu",
    ]  # fmt: skip
    assert Path("net.yaml").read_text(encoding="utf-8") == BIAS


def test_an_unsafe_fix_brings_the_arrows_up_to_date(call):
    put("net.yaml", STRIDE.replace("s3", "s3 -> 4x2x2"))
    assert call("lint", "--fix").code == 1
    done = call("lint", "--fix", "--unsafe-fixes")
    assert done.code == 0
    # 7 + 2 rows, windows of 3 with stride 3: (9 - 3)/3 + 1 = 3
    assert "conv 4 3 s3 p=0:2 -> 4x3x3" in Path("net.yaml").read_text(encoding="utf-8")


def test_fix_of_standard_input_goes_to_standard_output(call):
    assert call("lint", "-", "--fix", "--output", "jsonl", stdin=BIAS).out == BIAS.replace(
        "conv 4 3 ", "conv 4 3 nobias "
    )
