"""``cnncalc annotate``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cnncalc.cli.rewriting import rewrite

if TYPE_CHECKING:
    from cnncalc.diagnostics import Source
    from cnncalc.layers.base import Shape


@click.command("annotate")
@click.argument("files", nargs=-1, metavar="FILE...")
@click.option("--check", is_flag=True, help="Change nothing; exit code 1 if a file would change.")
def command(files: tuple[str, ...], check: bool) -> int:  # noqa: FBT001 (click's flags)
    """Write the sizes behind the lines of specs, in place: '-> 96x55x55'.

    Sizes that are there are corrected. Comments are kept. A line within a block gets its size where all its calls agree.
    """
    return rewrite(files, _annotated, check=check)


def _annotated(source: Source) -> str:
    from cnncalc.network import expand
    from cnncalc.network.trace import Trace
    from cnncalc.spec import read
    from cnncalc.spec.rewrite import annotate

    trace = Trace()
    graph = expand(read(source), trace=trace)
    sizes: dict[int, Shape | None] = {}
    for statement, _, value in trace.statements:
        node = None if value is None else graph.nodes[value]
        shape = None if node is None or node.assumed or node.problem is not None else node.shape
        at = statement.span.start
        sizes[at] = shape if sizes.get(at, shape) == shape else None
    return annotate(source, {at: shape for at, shape in sizes.items() if shape is not None})
