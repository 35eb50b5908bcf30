"""What ``cnncalc lint`` writes, in every format."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

from tests.cli.linting.files import STRIDE, put


def test_statistics(call):
    put("a.yaml", STRIDE)
    put("b.yaml", STRIDE)
    assert call("lint", "--statistics").out == "    2  FT001  input-pixels-dropped\n"


def test_several_outputs(call):
    put("net.yaml", STRIDE)
    done = call("lint", "--output", "concise", "--output", "json:out.json")
    assert done.out.count("\n") == 1
    assert json.loads(Path("out.json").read_text(encoding="utf-8"))["findings"][0]["code"] == "FT001"


def test_json(call):
    put("net.yaml", STRIDE)
    found = json.loads(call("lint", "--output", "json").out)
    finding = found["findings"][0]
    assert found["schema_version"] == 1
    assert finding["location"] == {"line": 4, "column": 14, "end_line": 4, "end_column": 16}
    # (7 - 3)/3 + 1 = 7/3; one row and one column of 7: 1 - (6/7)**2 = 13/49 = 26.5 %
    assert finding["data"] == {"exact": "7/3", "lost": 1, "share_percent": 26.5, "sizes": [3, 6, 9]}
    assert finding["fixes"][0]["edits"] == [{"start": 47, "end": 47, "text": " p=0:2"}]


def test_github(call, monkeypatch):
    put("net.yaml", STRIDE)
    done = call("lint", "--output", "github")
    assert done.out.startswith(
        "::warning file=net.yaml,title=FT001 input-pixels-dropped,line=4,col=14,endLine=4::the last row of 7 is never read"
    )
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert "::warning " in call("lint").out


def test_gitlab(call):
    put("net.yaml", STRIDE)
    (issue,) = json.loads(call("lint", "--output", "gitlab").out)
    assert (issue["check_name"], issue["severity"], issue["location"]) == (
        "FT001",
        "minor",
        {"path": "net.yaml", "lines": {"begin": 4}},
    )


def test_junit(call):
    put("a.yaml", STRIDE)
    put("b.yaml", STRIDE.replace("s3", "s2"))
    root = ET.fromstring(call("lint", "--output", "junit").out)  # noqa: S314 (our own output)
    assert [(suite.get("name"), suite.get("failures")) for suite in root] == [("a.yaml", "1"), ("b.yaml", "0")]


def test_markdown(call):
    put("net.yaml", STRIDE)
    assert "| net.yaml:4 | warning | FT001 input-pixels-dropped | 0 |" in call("lint", "--output", "markdown").out
    put("net.yaml", STRIDE.replace("s3", "s2"))
    assert call("lint", "--output", "markdown").out == "No findings in 1 file.\n"


def test_sarif_is_valid(call):
    import jsonschema

    schema = json.loads((Path(__file__).parents[2] / "data" / "sarif-schema-2.1.0.json").read_text(encoding="utf-8"))
    put("a.yaml", STRIDE)
    put("b.yaml", STRIDE.replace("s3", "s3  # cnncalc: ignore[FT001] rim"))
    put("c.yaml", "cnncalc: 1\nlayers: [\n")
    log = json.loads(call("lint", "--output", "sarif").out)
    jsonschema.validate(log, schema)
    results = log["runs"][0]["results"]
    assert [(r["ruleId"], "suppressions" in r) for r in results] == [("FT001", False), ("FT001", True)]
    assert log["runs"][0]["invocations"][0]["executionSuccessful"] is False
