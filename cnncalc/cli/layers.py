"""``cnncalc layers``."""

from __future__ import annotations

import json

import click

from cnncalc.cli.options import OneOf, output_option, write
from cnncalc.diagnostics import UsageError


@click.command("layers")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--format", "format_", type=OneOf(["plain", "markdown", "json"]), default="plain", show_default=True)
@output_option
def command(names: tuple[str, ...], format_: str, output: str | None) -> None:
    """The layers that exist, with their arguments and an example.

    \b
    cnncalc layers
    cnncalc layers conv maxpool
    """  # noqa: D301 (\b keeps click from joining the lines)
    from cnncalc.layers import registry
    from cnncalc.render import catalogue
    from cnncalc.report.layers import describe
    from cnncalc.spec.suggest import nearest

    kinds = []
    for name in names:
        kind = registry.lookup(name)
        if kind is None:
            raise UsageError(f"there is no layer '{name}'{nearest(name, registry.names())}")
        kinds.append(kind)
    described = [describe(kind) for kind in kinds or registry.classes()]
    if format_ == "json":
        write(json.dumps(described, indent=1) + "\n", output)
    elif format_ == "markdown":
        write(catalogue.markdown(described), output)
    else:
        write(catalogue.plain(described) if names else catalogue.listing(described), output)
