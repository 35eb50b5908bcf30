"""``cnncalc analyze``."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import click

from cnncalc.cli import screen
from cnncalc.cli.options import OneOf, Wanted, batch_option, dtype_option, output_option, spec_options, write
from cnncalc.diagnostics import CnncalcError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.analysis.result import Analysis
    from cnncalc.diagnostics import Problem

FORMATS = ("terminal", "plain", "json", "csv", "markdown", "latex", "html")
_BY_SUFFIX = {".json": "json", ".csv": "csv", ".md": "markdown", ".tex": "latex", ".html": "html"}


@click.command("analyze")
@spec_options(many=True)
@batch_option
@dtype_option
@click.option(
    "--optimizer",
    type=OneOf(["sgd", "momentum", "adam"]),
    default="sgd",
    show_default=True,
    help="For the training peak.",
)
@click.option(
    "--depth", type=click.IntRange(min=1), metavar="N", help="Fold modules below this depth into one row each."
)
@click.option("--columns", metavar="A,B,...", help="The columns of the table.")
@click.option(
    "--format",
    "format_",
    type=OneOf(FORMATS),
    help="Default: terminal on a screen, else plain; for -o by its ending.",
)
@output_option
def command(
    wanted: Wanted,
    batch: int,
    dtype: str,
    optimizer: str,
    depth: int | None,
    columns: str | None,
    format_: str | None,
    output: str | None,
) -> int:
    """Exact sizes, parameters, MACs, memory and receptive fields.

    A SPEC is a file, - for standard input, or the name of a shipped network; files of ONNX, TFLite, Keras, Caffe, Darknet and
    Ultralytics and torch:package.module:factory are converted. Each is analysed; a broken one does not stop
    the others. A fractional size is shown in full where a stride does not fit, with the rows that no window reads.

    \b
    cnncalc analyze specs/alexnet.yaml
    cnncalc analyze net.yaml --input 3x320x320 --set width=1/2 --depth 1
    cnncalc analyze -e "3x224x224 | conv 96 11 s4 | maxpool 3 s2"
    cnncalc analyze net.yaml --format json -o net.json
    """  # noqa: D301 (\b keeps click from joining the lines)
    style = format_ or _default_format(output)
    names = _names(columns)
    if style in ("json", "csv") and (names or depth):
        raise UsageError(f"{style} has all columns and all layers: leave out --columns and --depth")
    specs = wanted.all()
    texts: list[str] = []
    messages: list[str] = []
    code = 0
    for kind, value in specs:
        try:
            analysis, found = _analyse(wanted, kind, value, batch=batch, dtype=dtype, optimizer=optimizer)
            texts.append(_render(analysis, found, style, names, depth, told=output in (None, "-")))
            messages += [problem.full() for problem in found]
            code = max(code, 2 if found else 0)
        except CnncalcError as error:
            messages.append(screen.message(error))
            code = max(code, error.code)
    if texts:
        write(_joined(texts, style, several=len(specs) > 1), output)
    if messages:
        click.echo("\n".join(dict.fromkeys(messages)), err=True)
    return code


def _default_format(output: str | None) -> str:
    if output is None or output == "-":
        return screen.default_format()
    return _BY_SUFFIX.get(PurePath(output).suffix.lower(), "plain")


def _names(columns: str | None) -> list[str] | None:
    if columns is None:
        return None
    names = [name.strip() for name in columns.split(",") if name.strip()]
    if not names:
        raise UsageError("--columns names no column: write for example --columns layer,output,params")
    return names


def _analyse(
    wanted: Wanted, kind: str, value: str, *, batch: int, dtype: str, optimizer: str
) -> tuple[Analysis, list[Problem]]:
    from cnncalc.analysis import analyse
    from cnncalc.analysis.expectations import unmet

    network = wanted.load(kind, value, strict=False)
    analysis = analyse(network.graph, batch=batch, dtype=dtype, optimizer=optimizer)
    changed = wanted.inputs or wanted.settings or wanted.variant or batch != 1
    expected = () if changed else unmet(network.spec, analysis)
    return analysis, [*network.problems, *expected]


def _render(
    analysis: Analysis,
    problems: Sequence[Problem],
    style: str,
    columns: list[str] | None,
    depth: int | None,
    *,
    told: bool,
) -> str:
    if style == "csv":
        from cnncalc.render.csv import render as render_csv

        return render_csv(analysis)
    if style == "json":
        from cnncalc.render.json import render as render_json

        return render_json(analysis, problems[len(analysis.graph.problems) :])
    shown = {"told": told} if style in ("plain", "terminal") else {}
    return _table(analysis, style, columns=columns, depth=depth, **shown)


def _table(analysis: Analysis, style: str, **options: Any) -> str:
    if style == "plain":
        from cnncalc.render import plain as renderer
    elif style == "terminal":
        from cnncalc.render import terminal as renderer  # type: ignore[no-redef]

        options |= screen.properties()
    elif style == "markdown":
        from cnncalc.render import markdown as renderer  # type: ignore[no-redef]
    elif style == "latex":
        from cnncalc.render import latex as renderer  # type: ignore[no-redef]
    else:
        from cnncalc.render import html as renderer  # type: ignore[no-redef]
    return renderer.render(analysis, **options)


def _joined(texts: list[str], style: str, *, several: bool) -> str:
    """One text: a list of JSON objects, one CSV table, else one below the other."""
    if style == "csv":
        return texts[0] + "".join(text.partition("\n")[2] for text in texts[1:])
    if style == "json" and several:
        return "[\n" + ",\n".join(text.rstrip("\n") for text in texts) + "\n]\n"
    return "\n".join(texts)
