"""Every command of the documentation's pages about pictures runs."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from cnncalc.cli import main

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "docs/pictures.md", "docs/teaching.md")
COMMAND = re.compile(r"^(?:\$ |    )(cnncalc (?:draw|explain|analyze|fit) .+)$", re.MULTILINE)
COMMANDS = [
    command for page in PAGES for command in COMMAND.findall((ROOT / page).read_text(encoding="utf-8"))
    if (page != "README.md" or "draw" in command) and "SPEC" not in command
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_documentation(command, tmp_path, monkeypatch, capsys):
    (tmp_path / "docs/pictures").mkdir(parents=True)
    (tmp_path / "specs").symlink_to(ROOT / "specs")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as end:
        main(shlex.split(command)[1:])
    assert (end.value.code, capsys.readouterr().err) == (0, "")
    for file in re.findall(r"-o (\S+)$", command):
        assert (tmp_path / file).read_text(encoding="utf-8").startswith("<svg")


@pytest.mark.parametrize("page", PAGES)
def test_pictures_of_a_page_are_there(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    for file in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text):
        assert ((ROOT / page).parent / file).exists()
