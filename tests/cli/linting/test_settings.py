"""Settings of ``cnncalc lint``: options, files, rules of a project."""

from __future__ import annotations

import json

import pytest

from tests.cli.linting.files import STRIDE, put


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
