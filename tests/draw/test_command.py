"""``cnncalc draw`` as a command: files, pipes, messages; ``cnncalc.picture`` in a notebook."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

import cnncalc
from cnncalc.cli import main
from cnncalc.draw.pictures import KINDS

ROOT = Path(__file__).parents[2]


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "cnncalc", "draw", *arguments], cwd=ROOT, capture_output=True, check=False
    )


@pytest.fixture
def call(capsys, monkeypatch):
    monkeypatch.chdir(ROOT)

    def command(*arguments):
        with pytest.raises(SystemExit) as end:
            main(["draw", *arguments])
        return end.value.code, *capsys.readouterr()

    return command


def test_into_a_file_and_into_a_pipe(tmp_path):
    file = tmp_path / "x.svg"
    assert run("alexnet", "coverage", "conv1", "-o", str(file)).returncode == 0
    piped = run("alexnet", "coverage", "conv1")
    assert piped.stdout == file.read_bytes()
    assert ET.fromstring(piped.stdout).tag.endswith("svg")  # noqa: S314 (our own text)


def test_with_an_expression_the_picture_comes_first(call):
    code, out, err = call("-e", "1x7x7 | conv 1 3 s3", "coverage", "conv")
    assert (code, err) == (0, "")
    assert "exactly 7/3 = 2.33" in out.replace("\n", " ") or "7/3 = 2.33" in out


def test_pixels(tmp_path):
    pytest.importorskip("resvg_py")
    file = tmp_path / "x.PNG"
    assert run("lenet5", "coverage", "0", "--theme", "dark", "-o", str(file)).returncode == 0
    assert file.read_bytes().startswith(b"\x89PNG")


def test_without_the_library_for_pixels(monkeypatch, tmp_path):
    from cnncalc import extras

    monkeypatch.setattr(extras, "find_spec", lambda _: None)
    with pytest.raises(
        cnncalc.MissingExtraError, match=re.escape("a picture as PNG needs resvg_py: pip install 'cnncalc[draw]'")
    ):
        cnncalc.picture("lenet5", "coverage", "0").save(tmp_path / "x.png")


def test_a_theme_has_one_set_of_colours():
    picture = cnncalc.picture("lenet5", "coverage", "0")
    assert "prefers-color-scheme" in picture.svg()
    assert "prefers-color-scheme" not in picture.svg(theme="dark")
    assert picture.svg(theme="dark") != picture.svg(theme="light")
    assert "<style>" not in picture.svg(style=False)
    assert " style=" not in picture.svg()


def test_in_a_notebook():
    picture = cnncalc.picture(cnncalc.analyze("lenet5"), "coverage", "0")
    bundle = picture._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html", "image/svg+xml"}
    assert bundle["text/plain"].startswith("0: conv on 1x28x28 gives 6x28x28")
    assert picture._repr_html_() == picture.svg()


def test_help_lists_the_pictures(call):
    shown = call("--help")[1]
    for name, kind in KINDS.items():
        assert re.search(rf"^ +{name} +{re.escape(kind.about)}$", shown, re.MULTILINE)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["alexnet"], "which picture? cnncalc draw SPEC WHAT; there are coverage"),
        (["alexnet", "coverge", "conv1"], "there is no picture 'coverge'; did you mean 'coverage'?"),
        (["alexnet", "coverage", "convl"], "there is no layer 'convl'"),
        (["alexnet", "coverage", "conv1", "conv2"], "one layer behind coverage, not 2: conv1 conv2"),
        (["alexnet", "lenet5", "coverage", "conv1"], "draw coverage takes one spec, not 2"),
        (["alexnet", "field", "conv1", "--at", "x"], "--at x: give a place of the output, such as --at 3,4"),
        (["alexnet", "field", "conv1", "--object", "x"], "x"),
        (
            ["alexnet", "coverage", "conv1", "-o", "/nowhere/x.svg"],
            "cannot write /nowhere/x.svg: No such file or directory",
        ),
        (["missing.yaml", "coverage", "conv1"], "missing.yaml"),
        (["alexnet", "network", "conv1"], "draw network is about the whole network: leave out 'conv1'"),
        (["-e", "1x8x8 | relu", "time"], "a timing is a file: cnncalc draw times.json roofline"),
        (["missing.json", "time"], "cannot read missing.json: No such file or directory"),
        (["README.md", "roofline"], "README.md is no answer of cnncalc time --format json"),
        (
            ["vgg11", "vgg13", "pareto", "--against", "macs"],
            "--against macs: give two figures, such as --against macs,params",
        ),
        (["alexnet", "network", "--style", "graf"], "'graf' is none of graph, volumes; did you mean 'graph'?"),
        (["alexnet", "cost", "--at", "1,2"], "draw cost does not take --at; it takes --depth"),
        (["activation", "rely"], "there is no activation 'rely'; did you mean 'relu'?"),
    ],
)
def test_mistakes_have_a_message_and_exit_code_2(call, arguments, message):
    code, out, err = call(*arguments)
    assert (code, out) == (2, "")
    assert message in err.replace("\n", " ")


def test_from_standard_input():
    done = subprocess.run(
        [sys.executable, "-m", "cnncalc", "draw", "-", "cost"],
        cwd=ROOT,
        input=b"cnncalc: 1\ninput: 1x7x7\nlayers: [conv 1 3]\n",
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"10 parameters" in done.stdout


def test_names_of_any_script_go_through_any_pipe(tmp_path):
    file = tmp_path / "x.yaml"
    file.write_text(
        "cnncalc: 1\nname: Netz für 図 …\ninput: 1x8x8\nlayers:\n  - 畳み込み = conv 2 3\n", encoding="utf-8"
    )
    done = subprocess.run(
        [sys.executable, "-m", "cnncalc", "draw", str(file), "network"],
        cwd=ROOT, env={**os.environ, "PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0
    texts = [element.text for element in ET.fromstring(done.stdout).iter() if element.text]  # noqa: S314 (our own text)
    assert "Netz für 図 …" in texts
    assert "畳み込み  conv 3x3" in texts


def test_words_are_cut_where_there_is_no_room():
    from cnncalc.draw.picture import extent, short, wrapped

    assert short("layer1.downsample.0", 50) == "laye…le.0"
    assert extent("畳み込み") == 8
    assert extent(short("畳み込み" * 5, 53)) <= 10
    assert wrapped("a b", room=5.3) == ["a", "b"]
    assert all(extent(line) <= 10 for line in wrapped("x" * 25 + " 図" * 20, room=53))


def test_a_broken_network_is_drawn_as_far_as_it_is_known(call):
    code, out, err = call("-e", "3x8x8 | conv 4 3 | conv 4 9", "coverage", "0")
    assert code == 2
    assert out.startswith("<svg")
    assert "window 9 is larger than the input 6" in err
    code, out, err = call("-e", "3x8x8 | conv 4 3 | conv 4 9", "coverage", "1")
    assert (code, out) == (2, "")
    assert "the sizes of 1 are unknown, for there is a problem: it cannot be drawn" in err
