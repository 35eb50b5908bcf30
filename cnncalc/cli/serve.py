"""``cnncalc serve``."""

from __future__ import annotations

import secrets
from pathlib import Path

import click

from cnncalc.diagnostics import UsageError


@click.command("serve")
@click.argument("spec", required=False, metavar="[SPEC]")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Where to listen; any free port without it.")
@click.option("--no-open", is_flag=True, help="Open no browser; the address is printed in any case.")
def command(spec: str | None, port: int, no_open: bool) -> int:  # noqa: FBT001 (click's flags)
    """A page to try a network on: text at the left, its numbers, findings and PyTorch source at the right.

    The page answers while you type: sizes behind the lines, errors at theirs, fixes that one click applies, sliders for
    parameters and the input size, pictures, a link that carries the text; where torch is installed, it times and verifies. With SPEC it shows that file and follows what your own editor
    writes into it; the page itself changes no file. It listens on this computer only, and wants the token of the printed
    address. Needs starlette, uvicorn and jinja2.

    \b
    cnncalc serve
    cnncalc serve net.yaml
    cnncalc serve net.yaml --port 8000 --no-open
    """  # noqa: D301 (\b keeps click from joining the lines)
    from cnncalc.extras import need

    for module in ("starlette", "uvicorn", "jinja2"):
        need(module, "serve", "serve")
    file = None if spec is None else _file(spec)
    from cnncalc.page.listen import listen

    listen(secrets.token_urlsafe(24), port, file, announce=lambda address: _announce(address, browse=not no_open))
    return 0


def _file(spec: str) -> Path:
    """The file that the page follows: one that exists, or that of a shipped network."""
    from cnncalc.catalogue import shipped_spec

    path = Path(spec)
    found = path if path.is_file() else shipped_spec(spec)
    if found is None:
        raise UsageError(f"cannot read {spec}: there is no such file")
    return found


def _announce(address: str, *, browse: bool) -> None:
    click.echo(f"{address}\nCtrl+C ends it", err=False)
    if browse:
        import webbrowser

        webbrowser.open(address)
