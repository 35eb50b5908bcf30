"""``cnncalc schema``."""

from __future__ import annotations

import json

import click

from cnncalc.cli.options import output_option, write


@click.command("schema")
@click.option("--report", is_flag=True, help="The schema of 'analyze --format json' instead.")
@output_option
def command(report: bool, output: str | None) -> None:  # noqa: FBT001 (click's flags)
    """The JSON Schema (draft-07) of the format, for editors.

    \b
    cnncalc schema -o cnncalc.schema.json
    and as the first line of a spec:  # yaml-language-server: $schema=cnncalc.schema.json
    """  # noqa: D301 (\b keeps click from joining the lines)
    if report:
        from cnncalc.report.schema import schema as made
    else:
        from cnncalc.spec.schema import schema as made
    write(json.dumps(made(), indent=1, ensure_ascii=False) + "\n", output)
