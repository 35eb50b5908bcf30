"""``cnncalc explain``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cnncalc.cli.options import OneOf, Wanted, batch_option, dtype_option, output_option, spec_options, write
from cnncalc.diagnostics import UsageError

if TYPE_CHECKING:
    from cnncalc.analysis.result import Analysis, Row
    from cnncalc.graph import Graph

_TEXT = ("terminal", "plain")


@click.command("explain")
@spec_options(many=False)
@click.argument("layer", required=False)
@click.option("--why", type=click.IntRange(min=1), metavar="SIZE", help="List the windows that give this size instead.")
@click.option(
    "--format",
    "format_",
    type=OneOf(["terminal", "plain", "markdown", "latex", "json"]),
    default="terminal",
    show_default=True,
    help="terminal and plain are the same.",
)
@batch_option
@dtype_option
@output_option
def command(
    wanted: Wanted, layer: str | None, why: int | None, format_: str, batch: int, dtype: str, output: str | None
) -> int:
    """Where the numbers of a layer come from.

    Each formula in letters, then with its numbers, then its result; for sizes the exact fraction and what is lost. LAYER is
    a path, a name, or a kind of which there is one. With -e the layer is the only argument.

    \b
    cnncalc explain specs/alexnet.yaml conv2
    cnncalc explain -e "3x224x224 | conv 96 11 s4" conv
    cnncalc explain -e "3x224x224 | conv 96 11 s4" conv --why 55
    """  # noqa: D301 (\b keeps click from joining the lines)
    wanted, name = _names(wanted, layer)
    if why is not None and format_ not in _TEXT:
        raise UsageError("--why prints a table as text: leave out --format")
    network = wanted.load(*wanted.one(), strict=False)
    from cnncalc.analysis import analyse
    from cnncalc.analysis.find import find_row

    analysis = analyse(network.graph, batch=batch, dtype=dtype)
    row = find_row(analysis, name)
    write(_explained(analysis, row, format_) if why is None else _windows(network.graph, row, why), output)
    told = row.node.problem if why is None and format_ in _TEXT else None
    others = [problem.full() for problem in network.problems if problem is not told]
    if others:
        click.echo("\n".join(others), err=True)
    return 2 if network.problems else 0


def _explained(analysis: Analysis, row: Row, style: str) -> str:
    from cnncalc.analysis.explain.explanation import explain
    from cnncalc.render.explanation import render

    return render(explain(analysis, row), style)


def _windows(graph: Graph, row: Row, wanted: int) -> str:
    from cnncalc.analysis.size.why import choices
    from cnncalc.render.explanation import why

    shapes = graph.shapes_into(row.node)
    if not row.fits or not shapes:
        raise UsageError(f"{row.node.path} is a {row.node.op}, which has no window: --why is about windows")
    dilation = getattr(row.node.layer, "dilation", 1)
    size = shapes[0][-1]
    return why(choices(size, wanted, dilation=dilation if isinstance(dilation, int) else dilation[-1]), size, wanted)


def _names(wanted: Wanted, layer: str | None) -> tuple[Wanted, str]:
    """Spec and layer; with ``-e`` the first argument is the layer."""
    if wanted.expressions and layer is None and len(wanted.specs) == 1:
        return wanted._replace(specs=()), wanted.specs[0]
    if layer is None:
        raise UsageError("which layer? cnncalc explain SPEC LAYER")
    return wanted, layer
