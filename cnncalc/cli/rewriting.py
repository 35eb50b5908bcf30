"""What fmt and annotate share: reading a file, writing it back or only checking it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from cnncalc.diagnostics import SpecError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cnncalc.diagnostics import Source


def rewrite(files: Sequence[str], change: Callable[[Source], str], *, check: bool) -> int:
    """Change every file in place; ``-`` goes from standard input to standard output.

    Returns:
        0; 1 if ``check`` found a file that would change; 2 if one could not be read.

    Raises:
        UsageError: no file.
    """
    if not files:
        raise UsageError("no file: give a spec, or - for standard input")
    return max([_one(name, change, check=check) for name in files])


def _one(name: str, change: Callable[[Source], str], *, check: bool) -> int:
    from cnncalc.source import decode

    try:
        data = sys.stdin.buffer.read() if name == "-" else _read(name)
        source = decode(name, data)
        text = change(source)
    except SpecError as error:
        click.echo(str(error), err=True)
        return 2
    if name == "-" and not check:
        click.echo(text, nl=False)
        return 0
    if text == source.text:
        return 0
    if check:
        click.echo(f"{name} would change")
        return 1
    mark = b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b""
    try:
        with open(name, "wb") as file:  # noqa: PTH123 (cheaper to import)
            file.write(mark + text.encode())
    except OSError as error:
        raise UsageError(f"cannot write {name}: {error.strerror}") from None
    click.echo(f"{name} changed", err=True)
    return 0


def _read(name: str) -> bytes:
    try:
        with open(name, "rb") as file:  # noqa: PTH123 (cheaper to import)
            return file.read()
    except OSError as error:
        raise UsageError(f"cannot read {name}: {error.strerror}") from None
