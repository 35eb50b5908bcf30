"""What comes out where: terminals of any width and encoding, pipes, closed pipes."""

from __future__ import annotations

import os
import pty
import re
import struct
import subprocess
import sys

import pytest

from cnncalc.catalogue import shipped_specs

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def terminal(*arguments: str, columns: int = 80, env: dict[str, str] | None = None) -> str:
    """What a terminal of this width gets, line ends made plain."""
    import fcntl
    import termios

    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    environment = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "NO_COLOR", "FORCE_COLOR")}
    process = subprocess.Popen(
        [sys.executable, "-m", "cnncalc", *arguments], stdin=follower, stdout=follower, stderr=follower,
        env=environment | {"TERM": "xterm-256color"} | (env or {}),
    )  # fmt: skip
    os.close(follower)
    parts = []
    while True:
        try:
            part = os.read(leader, 65536)
        except OSError:
            break
        if not part:
            break
        parts.append(part)
    process.wait()
    os.close(leader)
    return b"".join(parts).decode().replace("\r\n", "\n")


@pytest.mark.parametrize("columns", [40, 60, 80, 120, 200])
def test_no_line_is_wider_than_the_terminal(columns):
    lines = ESCAPE.sub("", terminal("analyze", "resnet18", columns=columns)).splitlines()
    assert max(map(len, lines)) <= columns
    assert any("layer1.0.conv1" in line for line in lines)


def test_a_terminal_has_colours():
    assert ESCAPE.search(terminal("analyze", "lenet5"))


def test_no_color():
    assert not ESCAPE.search(terminal("analyze", "lenet5", env={"NO_COLOR": "1"}))


def test_a_pipe_has_none(process):
    out = process("analyze", "lenet5", env={"TERM": "xterm-256color"}).out
    assert not ESCAPE.search(out)
    assert "…" not in out


def test_forced_colours_in_a_pipe(process):
    assert ESCAPE.search(process("analyze", "lenet5", env={"FORCE_COLOR": "1", "COLUMNS": "100"}).out)


def test_columns_of_a_pipe_do_not_matter(process):
    assert process("analyze", "resnet18", env={"COLUMNS": "40"}).out == process("analyze", "resnet18").out


@pytest.mark.parametrize("command", [("analyze", "resnet18"), ("lint", "-e", "1x7x7 | conv 4 3 s3 | bn"), ("layers",), ("rule", "--all"), ("explain", "vgg16", "features.0")])  # fmt: skip
def test_an_old_windows_terminal(process, command):
    done = process(*command, env={"PYTHONIOENCODING": "cp1252"}, decode="cp1252")
    assert done.code in (0, 1)
    assert done.out
    assert "Traceback" not in done.err


@pytest.mark.parametrize(("encoding", "written"), [("ascii", "utf-8"), ("cp437", "cp437")])
def test_names_that_a_terminal_cannot_write(process, tmp_path, encoding, written):
    spec = tmp_path / "net.yaml"
    spec.write_text("cnncalc: 1\nname: Größe 網\ninput: 3x8x8\nlayers: [relu]\n", encoding="utf-8")
    done = process("analyze", str(spec), env={"PYTHONIOENCODING": encoding}, decode=written)
    assert done.code == 0
    assert "relu" in done.out


@pytest.mark.parametrize("line", ["cnncalc analyze resnet152 | head -1", "cnncalc rule --all | head -1", "cnncalc lint specs --preset pedantic | head -1"])  # fmt: skip
def test_a_closed_pipe_ends_quietly(shell, line):
    done = shell(line)
    assert len(done.out.splitlines()) == 1
    assert not re.search("Traceback|Broken|Exception", done.err)


def test_every_spec_in_every_format(call):
    import csv
    import io
    import json

    for name in sorted(shipped_specs())[::6]:
        rows = list(csv.DictReader(io.StringIO(call("analyze", name, "--format", "csv").out)))
        layers = json.loads(call("analyze", name, "--format", "json").out)["layers"]
        assert len(rows) == len(layers)
        assert call("analyze", name, "--format", "markdown").out.count("\n|") >= len(layers)
        assert r"\begin{tabular}" in call("analyze", name, "--format", "latex").out
