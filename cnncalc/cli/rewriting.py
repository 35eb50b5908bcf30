"""What fmt and annotate share: reading a file, writing it back or only checking it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cnncalc.cli.options import standard_input
from cnncalc.cli.screen import message
from cnncalc.diagnostics import CnncalcError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cnncalc.diagnostics import Source


def rewrite(files: Sequence[str], change: Callable[[Source], str], *, check: bool) -> int:
    """Change every file in place; ``-`` goes from standard input to standard output.

    Returns:
        0; 1 if ``check`` found a file that would change; 2 if one could not be read or written.

    Raises:
        UsageError: no file.
    """
    if not files:
        raise UsageError("no file: give a spec, or - for standard input")
    codes = []
    for name in files:
        try:
            codes.append(_one(name, change, check=check))
        except CnncalcError as error:
            click.echo(message(error), err=True)
            codes.append(2)
    return max(codes)


def _one(name: str, change: Callable[[Source], str], *, check: bool) -> int:
    from cnncalc.source import decode
    from cnncalc.spec.readback import read_back

    data = standard_input() if name == "-" else _read(name)
    mark = b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b""
    text = change(decode(name, data))
    changed = mark + text.encode()
    if changed != data:
        read_back(text, name)
    if check:
        return _checked(name, would_change=changed != data)
    if name == "-":
        click.echo(changed, nl=False)
    elif changed != data:
        _write(name, changed)
        click.echo(f"{name} changed", err=True)
    return 0


def _checked(name: str, *, would_change: bool) -> int:
    if would_change:
        click.echo(f"{name} would change")
    return int(would_change)


def _read(name: str) -> bytes:
    try:
        with open(name, "rb") as file:  # noqa: PTH123 (cheaper to import)
            return file.read()
    except OSError as error:
        raise UsageError(f"cannot read {name}: {error.strerror}") from None


def _write(name: str, data: bytes) -> None:
    try:
        with open(name, "wb") as file:  # noqa: PTH123 (cheaper to import)
            file.write(data)
    except OSError as error:
        raise UsageError(f"cannot write {name}: {error.strerror}") from None
