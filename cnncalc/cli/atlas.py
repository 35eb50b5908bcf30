"""``cnncalc atlas``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cnncalc.cli import screen
from cnncalc.cli.options import OneOf, Wanted, output_option, write
from cnncalc.diagnostics import UsageError

if TYPE_CHECKING:
    from cnncalc.atlas.table import Row

_SCREENFUL = 20
_NEIGHBOURS = 10


@click.command("atlas")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--where", metavar="CONDITION", help="Rows that meet it: 'macs < 1G and rf > 200'.")
@click.option("--like", metavar="SPEC", help="Those nearest to this network: a file, a name, or one-line text.")
@click.option("--sort", metavar="COLUMN", help="Order of the rows, the least first.")
@click.option("--reverse", is_flag=True, help="The other way round.")
@click.option("--columns", metavar="A,B,...", help="The columns of the table.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most so many rows.")
@click.option(
    "--format",
    "format_",
    type=OneOf(["terminal", "plain", "json", "csv", "markdown"]),
    help="Default: terminal on a screen, else plain.",
)
@output_option
def command(names: tuple[str, ...], columns: str | None, format_: str | None, output: str | None, **wanted: Any) -> int:
    """The numbers of published networks: those of torchvision and timm that convert, and the shipped specs.

    NAME is one network in full. A screen gets 20 rows and --like 10, unless --limit says otherwise. Distances of --like are the
    root mean square of the binary logarithms of the quotients of params, macs, activations, inference_peak and rf: 1 is a
    factor of 2. Exit code 1 if no network is found.

    \b
    cnncalc atlas resnet50
    cnncalc atlas --where "macs < 1G and rf > 200" --sort params
    cnncalc atlas --where "source == timm and family == convnext" --format csv
    cnncalc atlas --like net.yaml
    """  # noqa: D301 (\b keeps click from joining the lines)
    from cnncalc.atlas.table import COLUMNS
    from cnncalc.render import atlas as render

    style = format_ or (screen.default_format() if output in (None, "-") else "plain")
    found = _found(names, wanted, style)
    more = ("distance",) if wanted["like"] else ()
    shown = _columns(columns, (*COLUMNS, *more))
    if not found:
        click.echo("no network of the atlas is so", err=True)
    if style in ("json", "csv"):
        function = render.as_json if style == "json" else render.csv
        write(function(found, shown or (*COLUMNS, *more)), output)
    elif names and not shown and style != "markdown":
        write("\n".join(map(render.page, found)), output)
    elif style == "markdown":
        write(render.markdown(found, shown or (*more, *render.DEFAULT)), output)
    else:
        width = screen.properties()["width"] if style == "terminal" and not shown else None
        write(render.table(found, shown or (*more, *render.DEFAULT), width=width), output)
    return 0 if found else 1


def _found(names: tuple[str, ...], wanted: dict[str, Any], style: str) -> list[Row]:
    """The rows that are asked for, in order; what is left out is said."""
    from cnncalc.atlas.table import column, named, rows
    from cnncalc.atlas.where import chosen

    found = [row for name in names for row in named(name)] if names else list(rows())
    if wanted["where"] is not None:
        found = chosen(found, wanted["where"])
    if wanted["like"] is not None:
        found = _like(wanted["like"], found)
    if wanted["sort"]:
        key = "distance" if wanted["sort"] == "distance" and wanted["like"] else column(wanted["sort"])
        known = [row for row in found if row[key] is not None]
        unknown = [row for row in found if row[key] is None]
        found = sorted(known, key=lambda row: (isinstance(row[key], str), row[key]), reverse=wanted["reverse"])
        found += unknown
    elif wanted["reverse"]:
        raise UsageError("--reverse is about --sort: cnncalc atlas --sort params --reverse")
    usual = _NEIGHBOURS if wanted["like"] else _SCREENFUL if style == "terminal" and not names else None
    limit = wanted["limit"] or usual
    if limit is not None and len(found) > limit:
        if style in ("terminal", "plain", "markdown"):
            click.echo(f"{limit} of {len(found):,} networks (--limit {len(found)} shows all)", err=True)
        found = found[:limit]
    return found


def _like(spec: str, rows: list[Row]) -> list[Row]:
    from cnncalc.analysis import analyse
    from cnncalc.atlas.figures import figures
    from cnncalc.atlas.near import nearest_to

    kind = "text" if any(mark in spec for mark in "|;\n") else "file"
    network = Wanted((), (), {}, {}, None).load(kind, spec, strict=True)
    return nearest_to(figures(analyse(network.graph)), rows)


def _columns(columns: str | None, known: tuple[str, ...]) -> tuple[str, ...] | None:
    from cnncalc.atlas.table import column

    if columns is None:
        return None
    names = tuple(name.strip() for name in columns.split(",") if name.strip())
    if not names:
        raise UsageError("--columns names no column: write for example --columns name,params,macs")
    return tuple(name if name in known else column(name) for name in names)
