"""``cnncalc explain``."""

from __future__ import annotations

import click

from cnncalc.cli.options import Wanted, batch_option, dtype_option, output_option, spec_options, write
from cnncalc.diagnostics import UsageError


@click.command("explain")
@spec_options(many=False)
@click.argument("layer", required=False)
@click.option("--why", type=click.IntRange(min=1), metavar="SIZE", help="List the windows that give this size instead.")
@click.option(
    "--format", "format_", type=click.Choice(["plain", "markdown", "latex", "json"]), default="plain", show_default=True
)
@batch_option
@dtype_option
@output_option
def command(
    wanted: Wanted, layer: str | None, why: int | None, format_: str, batch: int, dtype: str, output: str | None
) -> None:
    """Where the numbers of a layer come from.

    Each formula in letters, then with its numbers, then its result; for sizes the exact fraction and what is lost. LAYER is
    a path, a name, or a kind of which there is one. With -e the layer is the only argument.

    \b
    cnncalc explain specs/alexnet.yaml conv2
    cnncalc explain -e "3x224x224 | conv 96 11 s4" conv
    cnncalc explain -e "3x224x224 | conv 96 11 s4" conv --why 55
    """  # noqa: D301 (\b keeps click from joining the lines)
    wanted, name = _names(wanted, layer)
    network = wanted.load(*wanted.one(), strict=False)
    from cnncalc.analysis import analyse
    from cnncalc.analysis.explain import explain
    from cnncalc.analysis.find import find_row
    from cnncalc.render import explanation

    analysis = analyse(network.graph, batch=batch, dtype=dtype)
    row = find_row(analysis, name)
    if why is None:
        write(explanation.render(explain(analysis, row), format_), output)
        return
    from cnncalc.analysis.why import choices

    shapes = network.graph.shapes_into(row.node)
    if not row.fits or not shapes:
        raise UsageError(f"{row.node.path} is a {row.node.op}, which has no window: --why is about windows")
    dilation = getattr(row.node.layer, "dilation", 1)
    size = shapes[0][-1]
    found = choices(size, why, dilation=dilation if isinstance(dilation, int) else dilation[-1])
    write(explanation.why(found, size, why), output)


def _names(wanted: Wanted, layer: str | None) -> tuple[Wanted, str]:
    """Spec and layer; with ``-e`` the first argument is the layer."""
    if wanted.expressions and layer is None and len(wanted.specs) == 1:
        return wanted._replace(specs=()), wanted.specs[0]
    if layer is None:
        raise UsageError("which layer? cnncalc explain SPEC LAYER")
    return wanted, layer
