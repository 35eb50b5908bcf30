"""``cnncalc fmt`` and ``cnncalc annotate``."""

from __future__ import annotations

import pytest

UGLY = "cnncalc: 1\ninput: 1x7x7   # one channel\nlayers:\n  - conv  4   3|relu  # first\n"
PLAIN = "cnncalc: 1\ninput: 1x7x7   # one channel\nlayers:\n  - conv 4 3 | relu  # first\n"
SIZED = "cnncalc: 1\ninput: 1x7x7   # one channel\nlayers:\n  - conv 4 3 | relu -> 4x5x5  # first\n"


@pytest.fixture
def spec(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_bytes(UGLY.encode())
    return path


def test_fmt_in_place(call, spec):
    done = call("fmt", str(spec))
    assert (done.code, done.out, done.err) == (0, "", f"{spec} changed\n")
    assert spec.read_text() == PLAIN


def test_fmt_again_changes_nothing(call, spec):
    spec.write_text(PLAIN)
    before = spec.stat().st_mtime_ns
    done = call("fmt", str(spec))
    assert (done.code, done.out, done.err) == (0, "", "")
    assert spec.stat().st_mtime_ns == before


def test_check_changes_nothing(call, spec):
    done = call("fmt", "--check", str(spec))
    assert (done.code, done.out, done.err) == (1, f"{spec} would change\n", "")
    assert spec.read_text() == UGLY


def test_check_of_a_tidy_file(call, spec):
    spec.write_text(PLAIN)
    assert call("fmt", "--check", str(spec)) == (0, "", "")


def test_standard_input_to_standard_output(call):
    assert call("fmt", "-", stdin=UGLY) == (0, PLAIN, "")
    assert call("fmt", "-", stdin=PLAIN) == (0, PLAIN, "")
    assert call("annotate", "-", stdin=PLAIN) == (0, SIZED, "")


def test_check_of_standard_input(call):
    assert call("fmt", "--check", "-", stdin=UGLY) == (1, "- would change\n", "")


def test_annotate_in_place(call, spec):
    spec.write_text(PLAIN)
    done = call("annotate", str(spec))
    assert (done.code, done.err) == (0, f"{spec} changed\n")
    assert spec.read_text() == SIZED
    assert call("annotate", "--check", str(spec)).code == 0


def test_annotate_corrects(call, spec):
    spec.write_text(SIZED.replace("4x5x5", "4x6x6"))
    assert call("annotate", "--check", str(spec)).code == 1
    call("annotate", str(spec))
    assert spec.read_text() == SIZED


def test_one_broken_file_does_not_stop_the_others(call, spec, tmp_path):
    broken = tmp_path / "broken.yaml"
    broken.write_text("layers: [")
    done = call("fmt", str(broken), "nowhere.yaml", str(spec))
    assert done.code == 2
    assert spec.read_text() == PLAIN
    assert f"{broken}:1:9: not YAML: " in done.err
    assert "Error: cannot read nowhere.yaml: No such file or directory" in done.err


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_bytes_around_the_statements_stay(call, spec, mark):
    spec.write_bytes(mark + UGLY.replace("\n", "\r\n").encode())
    call("fmt", str(spec))
    assert spec.read_bytes() == mark + PLAIN.replace("\n", "\r\n").encode()


def test_text_in_a_pipe_stays_utf8(process):
    text = PLAIN.replace("first", "größer → 漢字")
    assert process("fmt", "-", stdin=text.encode(), env={"PYTHONIOENCODING": "cp1252"}) == (0, text, "")


def test_a_file_that_cannot_be_written(call, spec, monkeypatch):
    def refuse(name, data):
        del data
        from cnncalc.diagnostics import UsageError

        raise UsageError(f"cannot write {name}: Read-only file system")

    monkeypatch.setattr("cnncalc.cli.rewriting._write", refuse)
    assert call("fmt", str(spec)) == (2, "", f"Error: cannot write {spec}: Read-only file system\n")
