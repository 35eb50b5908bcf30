"""``cnncalc fit``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cnncalc.cli.options import Wanted, output_option, spec_options, write
from cnncalc.diagnostics import UsageError

if TYPE_CHECKING:
    from cnncalc.analysis.size.fit_sizes import Grade
    from cnncalc.graph import Graph
    from cnncalc.spec.syntax import Expression

_MOST = 5000
_LARGEST = 2**31 - 1


@click.command("fit")
@spec_options(many=False)
@click.argument("sizes", required=False)
@click.option("--exact", is_flag=True, help="Count lost padding as a misfit too, not only lost input.")
@click.option("--all", "every", is_flag=True, help="Show every size, with the reason why it does not fit.")
@output_option
def command(wanted: Wanted, sizes: str | None, exact: bool, every: bool, output: str | None) -> int:  # noqa: FBT001 (click's flags)
    """Input sizes at which every stride fits and every merge agrees.

    SIZES is a range FROM..TO or FROM..TO:STEP. All spatial axes of the input get the size. Exit code 1 if none fits.

    \b
    cnncalc fit specs/yolov2.yaml 320..608
    cnncalc fit -e "3x224x224 | conv 96 11 s4 | maxpool 3 s2" 200..260
    """  # noqa: D301 (\b keeps click from joining the lines)
    if wanted.expressions and sizes is None and len(wanted.specs) == 1:
        wanted, sizes = wanted._replace(specs=()), wanted.specs[0]
    if sizes is None:
        raise UsageError("which sizes? cnncalc fit SPEC 200..260")
    from cnncalc.analysis.size.fit_sizes import size_fit
    from cnncalc.network import expand
    from cnncalc.render.fitting import line

    kind, value = wanted.one()
    network = wanted.load(kind, value, strict=False)
    shapes = {node.path: node.shape or () for node in network.graph.inputs}
    grade: Grade = "exact" if exact else "covered"
    settings = {name: _expression(name, text) for name, text in wanted.settings.items()}

    def graph(size: int) -> Graph:
        inputs = {name: (shape[0], *(size for _ in shape[1:])) for name, shape in shapes.items()}
        return expand(network.spec, inputs=inputs, settings=settings, variant=wanted.variant)

    found = [size_fit(graph, size) for size in parse_range(sizes)]
    fitting = [fit for fit in found if fit.suits(grade)]
    text = [line(fit, grade) for fit in found] if every else [str(fit.size) for fit in fitting]
    write("\n".join(text) + "\n" if text else "", output)
    if not fitting:
        click.echo(f"none of these sizes fits: {line(found[0], grade)}", err=True)
    return 0 if fitting else 1


def _expression(name: str, text: str) -> Expression:
    from cnncalc.spec.setting import parse_setting

    return parse_setting(name, text)


def parse_range(text: str) -> range:
    """``200..260`` or ``320..608:32``, both ends included; or one size.

    Raises:
        UsageError: it is no such range.
    """
    first, _, rest = text.partition("..")
    last, _, step = (rest or first).partition(":")
    try:
        sizes = range(int(first), int(last) + 1, int(step or 1))
    except ValueError:
        sizes = range(0)
    if not sizes or sizes[0] < 1 or sizes[-1] > _LARGEST or len(sizes) > _MOST:
        raise UsageError(f"'{text}' is no range of sizes: write 200..260 or 320..608:32, at most {_MOST} sizes")
    return sizes
