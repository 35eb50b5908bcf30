"""What a notebook shows: every value as text and as HTML in which no name is markup; data frames with the numbers of the CSV."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from html.parser import HTMLParser

import pytest

import cnncalc
from cnncalc.render.csv import COLUMNS, render

ATTACK = "<script>alert(1)</script>"
NET = f'cnncalc: 1\nname: "{ATTACK}"\ninput: 3x32x32\nlayers:\n  - conv 4 3 s3 | bn # {ATTACK}\n  - relu\n'


class Elements(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.names.append(tag)


@pytest.fixture
def values():
    result = cnncalc.analyze(NET)
    findings = cnncalc.findings(NET)
    return {
        "result": result,
        "layers": result.layers,
        "row": result.layers[0],
        "explanation": cnncalc.explain(result, "0"),
        "report": findings,
        "finding": findings.findings[0],
    }


@pytest.mark.parametrize("name", ["result", "layers", "row", "explanation", "report", "finding"])
def test_text_and_html(values, name):
    bundle = values[name]._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"}
    assert values[name]._repr_html_() == bundle["text/html"]
    assert "script" not in Elements(bundle["text/html"]).names
    assert Elements(bundle["text/html"]).names[0] in ("table", "p")


def test_what_the_texts_say(values):
    assert str(values["layers"]).split("\n")[1].split()[:3] == ["0", "conv", "4x10x10"]  # (32 - 3)/3 + 1 = 10.67
    assert "params        112" in values["row"]._repr_mimebundle_()["text/plain"]  # 4*3*3*3 + 4
    assert "warning[NM001] bias-before-norm" in values["finding"]._repr_mimebundle_()["text/plain"]
    assert repr(values["result"]) == f"<Result of {ATTACK}: input 3x32x32, batch 1, float32: 3 layers, 120 parameters>"
    assert "floor((32 + 2*0 - 3) / 3) + 1" in values["explanation"]._repr_html_()


def test_findings_of_an_unreadable_network_and_of_a_clean_one():
    assert "nothing found" in cnncalc.findings("1x8x8 | conv 4 3")._repr_html_()
    with pytest.raises(cnncalc.SpecError):
        cnncalc.findings("1x8x8 | conv $")
    assert cnncalc.findings("1x8x8 | conv 4 99").findings[0].severity == "error"


def test_a_verification():
    pytest.importorskip("torch")
    found = cnncalc.verify("1x8x8 | conv 4 3 | relu")
    assert "claims hold" in found._repr_html_()
    assert found._repr_mimebundle_()["text/plain"].splitlines()[-1].startswith("all ")


def plain(value: object) -> str:
    return "" if value is None or repr(value) in ("<NA>", "nan") else str(value)


@pytest.mark.parametrize("method", ["to_pandas", "to_polars"])
@pytest.mark.parametrize("spec", ["alexnet", "3x32x32 | conv 4 3 | conv 3 99"])
def test_data_frames_agree_with_the_csv(method, spec):
    pytest.importorskip(method.removeprefix("to_"))
    result = cnncalc.analyze(spec, strict=False)
    frame = getattr(result, method)()
    assert tuple(frame.columns) == COLUMNS
    rows = list(csv.DictReader(io.StringIO(render(result.analysis))))
    for name in COLUMNS:
        assert [plain(value) for value in frame[name]] == [row[name] for row in rows], name
    assert str(frame["params"].dtype) == "Int64"


def test_numbers_beyond_64_bits():
    pytest.importorskip("polars")
    result = cnncalc.analyze("1024x4096x4096 | conv 2^24 1 nobias".replace("2^24", str(2**24)), batch=64)
    assert result.to_polars()["macs"][0] == 64 * 2**24 * 2**24 * 1024
    pytest.importorskip("pandas")
    assert int(result.to_pandas()["macs"][0]) == 64 * 2**24 * 2**24 * 1024


@pytest.mark.parametrize("name", ["pandas", "polars"])
def test_without_the_library(monkeypatch, name):
    from cnncalc import extras

    monkeypatch.setattr(extras, "find_spec", lambda _: None)
    with pytest.raises(cnncalc.MissingExtraError, match=rf"to_{name} needs {name}: pip install 'cnncalc\[{name}\]'"):
        getattr(cnncalc.analyze("1x8x8 | relu"), f"to_{name}")()


def test_nothing_of_it_is_loaded_before_it_is_asked_for():
    code = (
        "import sys, cnncalc; from cnncalc.cli import main\n"
        "try: main(['analyze', 'lenet5'])\nexcept SystemExit: pass\n"
        "print([name for name in ('jinja2', 'pandas', 'polars', 'cnncalc.page', 'cnncalc.draw', 'cnncalc.render.notebook') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
