"""``cnncalc report``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cnncalc.cli.options import OneOf, Wanted, batch_option, dtype_option, output_option, spec_options, write

if TYPE_CHECKING:
    from cnncalc.diagnostics import Problem
    from cnncalc.page.report import Subject


@click.command("report")
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
@output_option
def command(wanted: Wanted, batch: int, dtype: str, optimizer: str, output: str | None) -> int:
    """One page about networks: numbers, findings, pictures, where every number comes from.

    A file of HTML that opens without a network connection: the table sorts, folds and filters, a layer's name shows its formulas
    with numbers, findings come with their fixes as changes of the text. Several specs, also git:REV:PATH, are compared
    with the first. Needs jinja2. A spec that cannot be read is refused, and nothing is written; a network with a problem is
    shown as far as it is known, with exit code 2.

    \b
    cnncalc report specs/resnet50.yaml -o resnet50.html
    cnncalc report git:main:net.yaml net.yaml -o review.html
    cnncalc report -e "3x224x224 | conv 64 7 s2 p3 | maxpool 3 s2 p1" > net.html
    """  # noqa: D301 (\b keeps click from joining the lines)
    from cnncalc.extras import need

    need("jinja2", "report", "report")
    from cnncalc.page.report import report, subject

    networks = [wanted.load(*spec, strict=False) for spec in wanted.all()]
    subjects = [subject(network, batch=batch, dtype=dtype, optimizer=optimizer) for network in networks]
    write(report(subjects), output)
    messages = [problem.full() for one in subjects for problem in _problems(one)]
    if messages:
        click.echo("\n".join(dict.fromkeys(messages)), err=True)
    return 2 if messages else 0


def _problems(subject: Subject) -> list[Problem]:
    from cnncalc.analysis.expectations import unmet
    from cnncalc.page.limits import changed

    expected = () if changed(subject.network, subject.analysis) else unmet(subject.network.spec, subject.analysis)
    return [*subject.network.problems, *expected]
