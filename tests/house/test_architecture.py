"""ARCHITECTURE.md is about the package as it is."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
PACKAGE = ROOT / "cnncalc"


def rooms() -> set[str]:
    folders = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
    return folders | {path.stem for path in PACKAGE.glob("*.py") if not path.stem.startswith("_")}


def test_every_room_is_named_and_every_name_is_a_room():
    named = set(re.findall(r"\*\*(\w+)\*\*", TEXT))
    assert named == rooms()


def test_the_order_is_the_contract():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    part = TEXT.split("## Who may import whom")[1]
    drawn = re.search(r"(?m)((?:^    \w+\n)+)", part)[1].split()
    assert drawn == [name.removeprefix("cnncalc.") for name in layers]


def test_paths_exist():
    paths = re.findall(r"`(cnncalc/[\w/.]+)`", TEXT)
    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []
