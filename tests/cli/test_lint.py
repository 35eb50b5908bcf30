"""``cnncalc lint`` and ``cnncalc rule``."""

from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from cnncalc.lint import config

STRIDE = "cnncalc: 1\ninput: 1x7x7\nlayers:\n  - conv 4 3 s3\n"
BIAS = "cnncalc: 1\ninput: 3x9x9\nlayers:\n  - conv 4 3  # first -> layer\n  - bn\n  - relu\n"


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    """Tests of settings and baselines start in an empty folder, with an empty cache."""
    monkeypatch.setenv("CNNCALC_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    config.forget()


def put(name: str, text: str) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_full(call):
    put("net.yaml", STRIDE)
    done = call("lint")
    assert done.code == 1
    assert done.out.splitlines() == [
        "net.yaml:4:14: warning[FT001] input-pixels-dropped: the last row of 7 is never read: (7 - 3)/3 + 1 = 2.33, so 2 windows leave 1 over",
        "  4 |   - conv 4 3 s3",
        "    |              ^^",
        "  layer: 0",
        "  help: input sizes near 7 that lose nothing: 3, 6, 9",
        "  fix (changes the network): pad the far edge by 2",
        "  note: net.yaml:2:8: 1x7x7 comes from here",
        "  2 | input: 1x7x7",
        "    |        ^^^^^",
        "",
    ]
    assert done.err == "1 spec: 1 warning\n"


def test_concise(call):
    put("net.yaml", STRIDE)
    done = call("lint", "--output", "concise")
    assert done.out.startswith("net.yaml:4:14: FT001 input-pixels-dropped: ")


def test_nothing_found(call):
    put("net.yaml", STRIDE.replace("s3", "s2"))
    assert call("lint") == (0, "", "1 spec: nothing found\n")


def test_expression_and_standard_input(call):
    assert call("lint", "-e", "1x7x7 | conv 4 3 s3", "--output", "concise").out.startswith("-e:1:18: FT001")
    assert call("lint", "-", "--stdin-filename", "a.yaml", "--output", "concise", stdin=STRIDE).out.startswith(
        "a.yaml:4:14: FT001"
    )


def test_files_are_found_by_their_key(call):
    put("a/net.yaml", STRIDE)
    put("a/other.yaml", "jobs: []\n")
    put("b.yml", STRIDE)
    put("c.txt", STRIDE)
    assert call("lint", "--show-files").out.splitlines() == ["a/net.yaml", "b.yml"]


def test_gitignore_is_respected(call):
    put("net.yaml", STRIDE)
    put("build/net.yaml", STRIDE)
    put(".gitignore", "build/\n")
    subprocess.run(["git", "init", "-q", "."], check=True)  # noqa: S607 (whatever git there is)
    assert call("lint", "--show-files").out.splitlines() == ["net.yaml"]


def test_exclude(call):
    put("net.yaml", STRIDE)
    put("old/net.yaml", STRIDE)
    put("cnncalc.toml", 'exclude = ["old"]\n')
    assert call("lint", "--show-files").out.splitlines() == ["net.yaml"]


def test_select_and_ignore(call):
    put("net.yaml", STRIDE)
    assert call("lint", "--ignore", "FT001").code == 0
    assert call("lint", "--ignore", "input-pixels-dropped").code == 0
    assert call("lint", "--ignore", "non-integer-size").code == 0
    assert call("lint", "--select", "FT003", "--output", "concise").out.count("FT003") == 1
    assert call("lint", "--preset", "teaching", "--output", "concise").out.count("FT003") == 1
    assert call("lint", "--select", "NM").code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--select", "FT0001"), "settings: there is no rule 'FT0001'; did you mean 'FT001'?"),
        (
            ("--ignore", "bias-befor-norm"),
            "settings: there is no rule 'bias-befor-norm'; did you mean 'bias-before-norm'?",
        ),
        (
            ("--preset", "stric"),
            "settings: there is no preset 'stric'; did you mean 'strict'?; there are recommended, strict, pedantic, teaching",
        ),
        (
            ("--output", "sariff"),
            "there is no output 'sariff'; did you mean 'sarif'?; there are full, concise, json, jsonl, sarif, github, gitlab, junit, markdown",
        ),
        (("--sizes", "224,x"), "settings: 'x' is no size; sizes are such as 224,256..512:32"),
        (("--sizes", "1..99999"), "settings: 99,999 sizes are more than 1000"),
        (("nowhere.yaml",), "cannot read nowhere.yaml: there is no such file or folder"),
        (("--baseline", "none.json"), "cannot read none.json: No such file or directory"),
        (("--output", "json:/nowhere/x.json"), "cannot write /nowhere/x.json: No such file or directory"),
    ],
)
def test_mistakes_in_the_call(call, arguments, message):
    put("net.yaml", STRIDE)
    done = call("lint", *arguments)
    assert (done.code, done.err) == (2, f"Error: {message}\n")


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("selct = []", "there is no setting 'selct'; did you mean 'select'?"),
        ("select = 'FT'", "'select' must be a list"),
        ("select = [1]", "'select' must be a list of texts"),
        ("batch = true", "'batch' must be a whole number"),
        ("select = ['ZZ9']", "there is no rule 'ZZ9'"),
        ("severity = {FT001 = 'bad'}", "there is no severity 'bad'; there are info, warning, error"),
        ("custom = [{name = 'a', where = 'conv'}]", "a custom rule needs 'assert'"),
        ("custom = [{name = 'a', were = 'conv', assert = '1'}]", "a custom rule has no 'were'; did you mean 'where'?"),
        (
            "custom = [{name = 'a', where = 'cov', assert = '1'}]",
            "custom rule a: there is no layer 'cov'; did you mean 'conv'?",
        ),
        ("custom = ['a']", "a custom rule is a table of texts: name, where, assert, message"),
        ("plugins = ['acme']", "there is no plugin 'acme'; installed: none"),
    ],
)
def test_mistakes_in_settings(call, toml, message):
    put("net.yaml", STRIDE)
    file = put("cnncalc.toml", f"{toml}\n").absolute()
    done = call("lint")
    assert (done.code, done.err) == (2, f"Error: {file}: {message}\n")


def test_settings_that_are_no_toml(call):
    put("net.yaml", STRIDE)
    put("cnncalc.toml", "select = [\n")
    done = call("lint")
    assert done.code == 2
    assert "cnncalc.toml: not TOML: " in done.err


def test_settings_of_the_nearest_folder(call):
    put("pyproject.toml", '[tool.cnncalc.lint]\nignore = ["FT001"]\n')
    put("a/net.yaml", STRIDE)
    put("b/cnncalc.toml", 'severity = {FT001 = "error"}\n')
    put("b/net.yaml", STRIDE)
    done = call("lint", "--output", "json")
    assert [(f["file"], f["severity"]) for f in json.loads(done.out)["findings"]] == [("b/net.yaml", "error")]
    assert len(json.loads(call("lint", "--isolated", "--output", "json").out)["findings"]) == 2


def test_per_file_ignores(call):
    put("pyproject.toml", '[tool.cnncalc.lint.per-file-ignores]\n"old/*" = ["FT"]\n')
    put("old/net.yaml", STRIDE)
    put("new/net.yaml", STRIDE)
    assert [f["file"] for f in json.loads(call("lint", "--output", "json").out)["findings"]] == ["new/net.yaml"]


def test_show_settings(call):
    put("net.yaml", STRIDE)
    put("cnncalc.toml", 'select = ["FT001"]\nbatch = 8\n')
    assert call("lint", "--show-settings").out == "net.yaml\n  rules: FT001\n  batch: 8\n"


def test_fail_level(call):
    put("net.yaml", "cnncalc: 1\ninput: 3x8x8\nlayers:\n  - conv 4 3 half\n  - avgpool 3 s1 p1\n")
    assert call("lint").code == 0
    assert call("lint", "--fail-level", "info").code == 1
    assert call("lint", "--fail-level", "info", "--exit-zero").code == 0


def test_custom_rules(call):
    put(
        "cnncalc.toml",
        "[[custom]]\nname = 'lanes'\nwhere = 'conv'\nassert = 'channels % 8 == 0'\nmessage = 'fill the lanes'\n",
    )
    put("net.yaml", "cnncalc: 1\ninput: 3x8x8\nlayers:\n  - conv 8 3\n  - relu\n  - conv 12 3\n")
    done = call("lint", "--output", "concise")
    assert done.out == "net.yaml:6:5: custom:lanes lanes: fill the lanes\n"
    put("cnncalc.toml", "[[custom]]\nname = 'lanes'\nwhere = 'conv'\nassert = 'chanels % 8 == 0'\n")
    assert call("lint").err == "Error: custom rule lanes: there is no fact 'chanels'; did you mean 'channels'?\n"
    put("cnncalc.toml", "[[custom]]\nname = 'lanes'\nwhere = 'conv'\nassert = 'channels %'\n")
    assert "custom rule lanes: 'channels %': " in call("lint").err


def test_lint_in_the_spec_only_narrows(call):
    put("net.yaml", STRIDE + "lint: {ignore: [FT001]}\n")
    assert call("lint").code == 0


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


def test_sizes(call):
    put("net.yaml", "cnncalc: 1\ninput: 3x224x224\nlayers:\n  - conv 64 3 s2\n  - relu\n  - conv 4 3\n")
    found = json.loads(call("lint", "--sizes", "223..226", "--output", "json").out)["findings"]
    # (size - 3) mod 2: odd sizes fit
    assert [f["data"]["sizes_found"] for f in found if f["code"] == "FT001"] == [[224, 226]]


def test_unreadable(call):
    put("a.yaml", "cnncalc: 1\nlayers: [\n")
    put("net.yaml", STRIDE)
    done = call("lint", "--output", "concise")
    assert done.code == 2
    assert "FT001" in done.out
    assert "a.yaml:" in done.err


def test_many_files_and_the_cache(call):
    for i in range(70):
        put(f"net{i:02}.yaml", STRIDE)
    first = call("lint", "--output", "concise")
    assert first.out.count("FT001") == 70
    assert call("lint", "--output", "concise") == first
    put("net00.yaml", STRIDE.replace("s3", "s2"))
    assert call("lint", "--output", "concise").out.count("FT001") == 69


def test_a_broken_cache_does_no_harm(call, tmp_path):
    put("a.yaml", STRIDE)
    put("b.yaml", STRIDE)
    first = call("lint")
    cache = tmp_path / "cache" / "lint.json"
    kept = json.loads(cache.read_text(encoding="utf-8"))
    cache.write_text(json.dumps({key: [1] for key in kept}), encoding="utf-8")
    assert call("lint") == first
    cache.write_text("{", encoding="utf-8")
    assert call("lint") == first


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

    schema = json.loads((Path(__file__).parents[1] / "data" / "sarif-schema-2.1.0.json").read_text(encoding="utf-8"))
    put("a.yaml", STRIDE)
    put("b.yaml", STRIDE.replace("s3", "s3  # cnncalc: ignore[FT001] rim"))
    put("c.yaml", "cnncalc: 1\nlayers: [\n")
    log = json.loads(call("lint", "--output", "sarif").out)
    jsonschema.validate(log, schema)
    results = log["runs"][0]["results"]
    assert [(r["ruleId"], "suppressions" in r) for r in results] == [("FT001", False), ("FT001", True)]
    assert log["runs"][0]["invocations"][0]["executionSuccessful"] is False


def test_no_heavy_imports():
    code = (
        "import sys\nfrom cnncalc.cli import main\n"
        "try: main(['lint', '-e', '1x7x7 | conv 4 3 s3'])\n"
        "except SystemExit: assert not {'torch', 'numpy', 'rich'} & set(sys.modules), sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_plugin(call, monkeypatch):
    """A package with an entry point in the group cnncalc.lint_rules."""
    from importlib.metadata import EntryPoint

    from cnncalc.lint import plugins

    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "lint" / "plugin"))
    points = [EntryPoint("acme", "acme_rules", plugins.GROUP), EntryPoint("odd", "json", plugins.GROUP)]
    monkeypatch.setattr(plugins, "entry_points", lambda group: points)
    plugins.modules.cache_clear()
    put("net.yaml", "cnncalc: 1\ninput: 3x8x8\nlayers:\n  - conv 7 3\n")
    put("cnncalc.toml", 'plugins = ["acme"]\n')
    assert call("lint", "--output", "concise").out == "net.yaml:4:10: XAC001 no-seven: seven channels\n"
    put("cnncalc.toml", 'plugins = ["odd"]\n')
    assert call("lint").err == f"Error: {Path('cnncalc.toml').absolute()}: plugin module json has no RULE and check\n"
    plugins.modules.cache_clear()


def test_watch(monkeypatch, capsys):
    from cnncalc.cli import watch

    put("net.yaml", STRIDE)
    seen = []

    def action() -> int:
        seen.append(Path("net.yaml").read_text(encoding="utf-8"))
        if len(seen) == 1:
            put("net.yaml", BIAS)
            import os

            os.utime("net.yaml", (0, 0))
        return 1

    monkeypatch.setattr(watch, "PAUSE_S", 0)
    assert watch.watch(action, (), rounds=2) == 1
    assert seen == [STRIDE, BIAS]
    assert capsys.readouterr().err == ""


def test_rule(call):
    assert call("rule", "FT001").out.startswith("FT001 input-pixels-dropped\n\nRows or columns at the far edge")
    assert call("rule", "bias-before-norm", "--format", "markdown").out.startswith("# NM001 bias-before-norm\n")
    listed = json.loads(call("rule", "--all", "--format", "json").out)
    assert len(listed) >= 60
    assert {"code", "name", "severity", "sections", "bad", "good"} <= set(listed[0])
    assert len(call("rule").out.splitlines()) == len(listed)
    assert (
        call("rule", "FT0001").err
        == "Error: there is no rule 'FT0001'; did you mean 'FT001'?; 'cnncalc rule' lists them\n"
    )


def test_rule_proof(call):
    done = call("rule", "GR008", "--prove")
    assert done.code == 0
    assert "GR008 bad  3x8x8 | maxpool 1 s1 | conv 4 3: without it the outputs are equal to the bit" in done.out
