"""``cnncalc lint`` and ``cnncalc rule``: which files, what is found, exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.cli.linting.files import BIAS, STRIDE, put


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

    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "lint" / "plugin"))
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
