"""The file of the page's editor: made of what the lock file says, with licences, and small."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from cnncalc.page.files import text_of

ROOT = Path(__file__).parents[2]
HEAD = text_of("codemirror.js").partition("*/")[0]


def locked() -> dict[str, str]:
    packages = json.loads((ROOT / "web" / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    return {name.removeprefix("node_modules/"): found["version"] for name, found in packages.items() if name}


def test_versions_are_those_of_the_lock_file():
    named = dict(re.findall(r"^(\S+) (\d+\.\d+\.\d+)$", HEAD, re.MULTILINE))
    assert "@codemirror/view" in named
    assert {name: locked().get(name) for name in named} == named


def test_packages_are_locked_as_package_json_wants_them():
    wanted = json.loads((ROOT / "web" / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    assert {name: locked().get(name) for name in wanted} == wanted


def test_licences_stand_in_it():
    assert HEAD.count("Permission is hereby granted, free of charge") >= 1
    assert "Copyright (C) 2018-2021 by Marijn Haverbeke" in HEAD


def test_it_is_small_and_asks_nobody():
    text = text_of("codemirror.js")
    assert len(text.encode()) < 500_000
    assert text.isascii()
    assert set(re.findall(r"https?://[^\s\"'`)<>]+", text.partition("*/")[2])) <= {"http://www.w3.org/2000/svg"}


def test_it_is_what_the_packages_give(tmp_path):
    if shutil.which("npm") is None:
        pytest.skip("no npm: whether codemirror.js is what its packages give is not tested")
    web = tmp_path / "web"
    shutil.copytree(ROOT / "web", web, ignore=shutil.ignore_patterns("node_modules"))
    for command in (["npm", "ci", "--ignore-scripts", "--silent"], ["node", "bundle.mjs", str(tmp_path / "made.js")]):
        done = subprocess.run(command, cwd=web, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "made.js").read_text(encoding="utf-8") == text_of("codemirror.js")
