"""``cnncalc diff``."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

import click

from cnncalc.cli.options import OneOf, Wanted, batch_option, dtype_option, output_option, pairs, spec_options, write
from cnncalc.diagnostics import UsageError

if TYPE_CHECKING:
    from cnncalc.analysis.diff import Difference, Total

_CONDITION = re.compile(r"\s*(\w+)\s*(<=|>=|<|>)\s*([+-]?)(\d+(?:\.\d+)?)\s*([kMG]?)(%?)\s*")
_FACTORS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9}


@click.command("diff")
@spec_options(many=True, metavar="OLD NEW")
@click.option("--new-set", multiple=True, metavar="NAME=VALUE", help="A parameter's value in NEW only.")
@click.option("--new-variant", metavar="NAME", help="The variant of NEW only.")
@batch_option
@dtype_option
@click.option("--format", "format_", type=OneOf(["plain", "markdown", "json"]), default="plain", show_default=True, help="Of the report; markdown for a pull-request comment.")  # fmt: skip
@click.option("--fail-if", "conditions", multiple=True, metavar="CONDITION", help="Exit code 1 if it holds: 'macs > +5%', 'params > 25M'; repeatable.")  # fmt: skip
@output_option
def command(
    wanted: Wanted,
    new_set: tuple[str, ...],
    new_variant: str | None,
    batch: int,
    dtype: str,
    format_: str,
    conditions: tuple[str, ...],
    output: str | None,
) -> int:
    """Compare two networks: layers added, removed and changed, every total before and after.

    OLD and NEW are files, names of shipped specs, - for standard input, git:REV:PATH, or texts given with -e.

    \b
    cnncalc diff specs/resnet18.yaml specs/resnet34.yaml
    cnncalc diff git:main:net.yaml net.yaml --fail-if "macs > +5%"
    cnncalc diff mobilenet_v2 mobilenet_v2 --new-set width=1/2
    """  # noqa: D301 (\b keeps click from joining the lines)
    from cnncalc.analysis import analyse
    from cnncalc.analysis.diff import FIGURES, difference
    from cnncalc.render.difference import percent, render

    parsed = [_parse(text, FIGURES) for text in conditions]
    old, new = _both(wanted)
    later = wanted._replace(
        settings={**wanted.settings, **dict(pairs(new_set, "--new-set needs NAME=VALUE, such as width=1/2"))},
        variant=new_variant or wanted.variant,
    )
    before, after = wanted.load(*old, strict=True), later.load(*new, strict=True)
    found = difference(analyse(before.graph, batch=batch, dtype=dtype), analyse(after.graph, batch=batch, dtype=dtype))
    write(render(found, format_), output)
    failed = [
        (text, total) for text, name, relation, limit in parsed if _holds(total := _total(found, name), relation, limit)
    ]
    for text, total in failed:
        click.echo(
            f"fails: {text.strip()}: {total.name} {total.before:,} -> {total.after:,} ({percent(total)})", err=True
        )
    return 1 if failed else 0


def _both(wanted: Wanted) -> list[tuple[str, str]]:
    every = wanted.all()
    if len(every) != 2:  # noqa: PLR2004 (old and new)
        raise UsageError(
            f"diff compares two networks, OLD and NEW: there {'is' if len(every) == 1 else 'are'} {len(every)}"
        )
    return every


Condition = tuple[str, str, str, "Fraction | int"]


def _parse(text: str, known: tuple[str, ...]) -> Condition:
    """Text, figure, relation and limit; a limit in percent is a Fraction."""
    from cnncalc.spec.suggest import nearest

    match = _CONDITION.fullmatch(text)
    if match is None:
        raise UsageError(f"--fail-if '{text}': conditions are such as 'macs > +5%' or 'params > 25M'")
    name, relation, sign, number, factor, percent = match.groups()
    if name not in known:
        raise UsageError(
            f"--fail-if '{text}': there is no total '{name}'{nearest(name, known)}; there are {', '.join(known)}"
        )
    value = Fraction(number) * _FACTORS[factor] * (-1 if sign == "-" else 1)
    return text, name, relation, value / 100 if percent else int(value)


def _total(found: Difference, name: str) -> Total:
    return next(total for total in found.totals if total.name == name)


def _holds(total: Total, relation: str, limit: Fraction | int) -> bool:
    if isinstance(limit, Fraction):
        value: Fraction | int = total.share if total.share is not None else Fraction(int(total.after > 0) * 10**9)
    else:
        value = total.after
    return {"<": value < limit, "<=": value <= limit, ">": value > limit, ">=": value >= limit}[relation]
