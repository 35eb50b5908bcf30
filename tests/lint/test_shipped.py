"""The shipped specs under the linter: every finding is known, with a reason; defects that are planted are found."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from cnncalc.diagnostics import Source
from cnncalc.lint.engine import DEFAULT, lint_source
from cnncalc.lint.registry import BY_CODE

ROOT = Path(__file__).parents[2]
SPECS = sorted((ROOT / "specs").glob("*.yaml"))
KNOWN = yaml.safe_load((ROOT / "tests" / "data" / "lint_findings.yaml").read_text(encoding="utf-8"))


def source(path: Path, text: str | None = None) -> Source:
    return Source(path.name, path.read_text(encoding="utf-8") if text is None else text)


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_finding_is_known(path):
    report = lint_source(source(path))
    assert not report.unreadable
    assert {finding.code for finding in report.findings} == set(KNOWN.get(path.name, {}))


def test_every_reason_is_a_sentence_about_a_spec_that_there_is():
    assert set(KNOWN) <= {path.name for path in SPECS}
    assert all(len(why.split()) > 2 for reasons in KNOWN.values() for why in reasons.values())


def test_no_warning_fires_on_more_than_one_network_in_ten():
    counts: dict[str, int] = {}
    for path in SPECS:
        for code in {f.code for f in lint_source(source(path)).findings if f.severity != "info"}:
            counts[code] = counts.get(code, 0) + 1
    # FT001 besides on three small networks of the notes, whose sizes do not fit on purpose
    counts["FT001"] -= 3
    assert max(counts.values()) <= len(SPECS) / 10 + 1


FRONT = {
    "GR006": "add(id, id)",
    "GR008": "conv 3 3 half | relu | dropout 0",
    "GR009": "conv 3 3 half | relu | upsample 2 | maxpool 2",
    "GR010": "x0 = conv 3 3 half; relu inplace; add(id, from x0)",
    "SH009": "conv 3 3 half | relu | add(id, gap | conv 3 1)",
    "FT001": "conv 3 3 s2 | relu | upsample 2 | pad 1",
    "FT004": "avgpool 1 s2 | upsample 2",
    "FT011": "avgpool 3 s1 p1",
    "CH002": "conv 8 1 | relu | conv 8 3 g4 p1 | relu | conv 8 3 g4 p1 | relu | conv 3 1 | relu",
    "AC001": "conv 8 3 half | conv 3 3 half | relu",
    "AC002": "conv 3 3 half | relu | relu",
    "AC003": "repeat(5, conv 3 3 half | sigmoid)",
    "AC004": "conv 3 3 half | relu | softmax",
    "AC006": "conv 3 3 half | relu | maxpool 2 | maxpool 2 | upsample 4",
    "NM001": "conv 3 3 half | bn | relu",
    "NM002": "conv 3 3 half nobias | bn | bn | relu",
    "NM003": "mul(id, gap | gn 3 | sigmoid)",
    "RG001": "dropout 0.5 | conv 3 3 half nobias | bn | relu",
    "RG002": "conv 3 3 half | relu | dropout 0.5 | maxpool 2 | upsample 2",
    "HD003": "mul(id, gap | conv 1 1 | softmax)",
    "UP001": "avgpool 2 | convt 3 3 s2 p1 op1 | relu",
    "SH001": "conv 3 999",
    "SH003": "maxpool 3 s1 p2",
    "SH010": "conv 8 3 g5 half",
    "SH011": "conv 8 3 half | gn 3",
    "SH013": "pixelshuffle 2",
    "SH016": "convt 3 3 s2 op2",
    "SH017": "conv 0 3",
    "GR001": "convolve 3 3",
}
"""A defect that keeps the size of the image, or ends the analysis, planted before the first layer."""

HOSTS = ("vgg16", "resnet18", "allconv")
BESIDES = {
    "GR010": {"NM001"}, "AC003": {"FT007"}, "SH003": set(), "FT004": {"FT001"},
}  # fmt: skip
"""Further warnings that follow from the planted defect."""


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("code", sorted(FRONT))
def test_planted_defects_are_found(code, host):
    path = ROOT / "specs" / f"{host}.yaml"
    text = path.read_text(encoding="utf-8")
    lines = "".join(f"  - {part.strip()}\n" for part in FRONT[code].split(";"))
    planted = text.replace("\nlayers:\n", f"\nlayers:\n{lines}", 1)
    assert planted != text
    before = {f.code for f in lint_source(source(path)).findings}
    settings = DEFAULT._replace(rules=DEFAULT.rules | {code})
    found = lint_source(source(path, planted), settings).findings
    assert code in {f.code for f in found}
    worse = {f.code for f in found if f.severity != "info"} - before - {code} - BESIDES.get(code, set())
    # behind the front the network is numbered anew, and arrows may say other sizes
    assert worse <= {"SH018"} or BY_CODE[code].matches
