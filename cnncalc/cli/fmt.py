"""``cnncalc fmt``."""

from __future__ import annotations

import click

from cnncalc.cli.rewriting import rewrite


@click.command("fmt")
@click.argument("files", nargs=-1, metavar="FILE...")
@click.option("--check", is_flag=True, help="Change nothing; exit code 1 if a file would change.")
def command(files: tuple[str, ...], check: bool) -> int:  # noqa: FBT001 (click's flags)
    """Write the statements of specs in canonical spelling, in place.

    Comments and the YAML around the statements stay as they are; arrows of one list are put below one another.
    """
    from cnncalc.spec.rewrite import fmt

    return rewrite(files, fmt, check=check)
