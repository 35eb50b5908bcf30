"""Doing something again whenever a file changes."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cnncalc.cli.screen import message
from cnncalc.diagnostics import CnncalcError

if TYPE_CHECKING:
    from collections.abc import Callable

PAUSE_S = 0.5


def watch(action: Callable[[], int], paths: tuple[str, ...], *, rounds: int | None = None) -> int:
    """Run an action, and again after every change of a spec or settings file below the paths, until interrupted.

    Args:
        action: what to do; its mistakes are shown and do not end the watch.
        paths: files and folders.
        rounds: end after so many; without it never.
    """
    code, before = 0, None
    while rounds is None or rounds > 0:
        now = _state(paths)
        if now != before:
            before = now
            try:
                code = action()
            except CnncalcError as error:
                click.echo(message(error), err=True)
                code = 2
            rounds = None if rounds is None else rounds - 1
        if rounds != 0:
            time.sleep(PAUSE_S)
    return code


def _state(paths: tuple[str, ...]) -> dict[str, float]:
    from cnncalc.lint.files import discover

    names = [*discover(paths), "pyproject.toml", "cnncalc.toml"]
    return {name: Path(name).stat().st_mtime for name in names if Path(name).exists()}
