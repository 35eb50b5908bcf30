"""Two ways to run a command: as a process, and, where only texts and codes matter, within this one."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from cnncalc.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
SCREEN = ("COLUMNS", "NO_COLOR", "FORCE_COLOR", "TERM", "PYTHONIOENCODING", "PYTHONUTF8")


class Done(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def _no_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The developer's own terminal is no part of a test."""
    for name in SCREEN:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(ROOT)


@pytest.fixture
def process() -> Callable[..., Done]:
    """Run ``python -m cnncalc`` as a user does; ``env`` is added to the environment."""

    def run(*arguments: str, stdin: bytes = b"", env: dict[str, str] | None = None, decode: str = "utf-8") -> Done:
        done = subprocess.run(
            [sys.executable, "-m", "cnncalc", *arguments],
            cwd=ROOT,
            env=os.environ | (env or {}),
            input=stdin,
            capture_output=True,
            check=False,
        )
        return Done(done.returncode, done.stdout.decode(decode), done.stderr.decode(decode))

    return run


@pytest.fixture
def shell() -> Callable[[str], Done]:
    """Run a shell's command line in which ``cnncalc`` is the program; the code is the program's, not the pipe's."""

    def run(line: str) -> Done:
        script = f'cnncalc() {{ "{sys.executable}" -m cnncalc "$@"; }}\n{line}\nexit ${{PIPESTATUS[0]}}'
        done = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S607 (whatever bash there is)
        return Done(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Done]:
    """Run a command within this process: fast."""

    def run(*arguments: str, stdin: str = "") -> Done:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main(list(arguments))
        out, err = capsys.readouterr()
        assert isinstance(end.value.code, int)
        return Done(end.value.code, out, err)

    return run
