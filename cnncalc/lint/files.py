"""Which files are specs: those with a ``cnncalc:`` key, under any name; what git ignores is left out."""

from __future__ import annotations

import os
import re
import subprocess
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

from cnncalc.diagnostics import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SUFFIXES = (".yaml", ".yml")
_KEY = re.compile(rb"^\xef?\xbb?\xbf?cnncalc[ \t]*:", re.MULTILINE)
_HEAD = 65_536
"""Bytes within which the key must stand."""


def discover(paths: Iterable[str], exclude: Iterable[str] = (), *, only_specs: bool = False) -> list[str]:
    """The specs that paths mean: files as they are, folders searched, in order of their names.

    Args:
        paths: files and folders; none means the present folder.
        exclude: patterns of names or paths to leave out within folders.
        only_specs: leave out files that are named but are no specs, or excluded, as a hook needs that gets every file.

    Raises:
        UsageError: a path does not exist.
    """
    patterns = tuple(exclude)
    found: list[str] = []
    for name in tuple(paths) or (".",):
        if name == "-" or os.path.isfile(name):  # noqa: PTH113 (cheaper to import)
            if not only_specs or (not _excluded(name, patterns) and _is_spec(name)):
                found.append(name)
        elif os.path.isdir(name):  # noqa: PTH112
            found += sorted(file for file in _within(name) if not _excluded(file, patterns) and _is_spec(file))
        else:
            from cnncalc.catalogue import near

            raise UsageError(f"cannot read {name}: there is no such file or folder{near(name)}")
    return list(dict.fromkeys(found))


def _excluded(file: str, patterns: Iterable[str]) -> bool:
    plain = Path(file).as_posix()
    return any(
        fnmatch(plain, pattern) or fnmatch(plain, f"*/{pattern}") or f"/{pattern.strip('/')}/" in f"/{plain}"
        for pattern in patterns
    )


def _within(folder: str) -> Iterator[str]:
    """YAML files below a folder."""
    listed = _of_git(folder)
    if listed is not None:
        yield from listed
        return
    for place, folders, files in os.walk(folder):
        folders[:] = [
            name for name in folders if not name.startswith(".") and name not in ("__pycache__", "node_modules")
        ]
        for name in files:
            if name.endswith(SUFFIXES):
                yield os.path.normpath(os.path.join(place, name))  # noqa: PTH118 (cheaper to import)


def _of_git(folder: str) -> list[str] | None:
    """What git knows or would add; None outside of a repository. Git itself knows best what it ignores."""
    path = Path(folder).resolve()
    if not any((place / ".git").exists() for place in (path, *path.parents)):
        return None
    command = [
        "git",
        "-C",
        folder,
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
        "--",
        *(f"*{s}" for s in SUFFIXES),
    ]
    try:
        done = subprocess.run(command, capture_output=True, check=True)  # noqa: S603 (git, with our own arguments)
    except (OSError, subprocess.CalledProcessError):
        return None
    names = done.stdout.decode(errors="surrogateescape").split("\0")
    files = (os.path.normpath(os.path.join(folder, name)) for name in dict.fromkeys(names) if name)  # noqa: PTH118
    return [file for file in files if os.path.isfile(file)]  # noqa: PTH113


def _is_spec(file: str) -> bool:
    try:
        with open(file, "rb") as opened:  # noqa: PTH123 (cheaper to import)
            return _KEY.search(opened.read(_HEAD)) is not None
    except OSError:
        return False
