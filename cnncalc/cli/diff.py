"""``cnncalc diff``."""

from __future__ import annotations

import re
import subprocess
from fractions import Fraction
from typing import TYPE_CHECKING

import click

from cnncalc.cli.options import OneOf, batch_option, dtype_option, output_option, read_file, write
from cnncalc.diagnostics import UsageError

if TYPE_CHECKING:
    from cnncalc.analysis.diff import Difference, Total
    from cnncalc.analysis.result import Analysis

_CONDITION = re.compile(r"\s*(\w+)\s*(<=|>=|<|>)\s*([+-]?)(\d+(?:\.\d+)?)\s*([kMG]?)(%?)\s*")
_FACTORS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9}


@click.command("diff")
@click.argument("old")
@click.argument("new")
@batch_option
@dtype_option
@click.option("--format", "format_", type=OneOf(["plain", "markdown", "json"]), default="plain", show_default=True, help="Of the report; markdown for a pull-request comment.")  # fmt: skip
@click.option("--fail-if", "conditions", multiple=True, metavar="CONDITION", help="Exit code 1 if it holds: 'macs > +5%', 'params > 25M'; repeatable.")  # fmt: skip
@output_option
def command(
    old: str, new: str, batch: int, dtype: str, format_: str, conditions: tuple[str, ...], output: str | None
) -> int:
    """Compare two networks: layers added, removed and changed, every total before and after.

    OLD and NEW are files, names of shipped specs, - for standard input, or git:REV:PATH.

    \b
    cnncalc diff specs/resnet18.yaml specs/resnet34.yaml
    cnncalc diff git:main:net.yaml net.yaml --fail-if "macs > +5%"
    """  # noqa: D301 (\b keeps click from joining the lines)
    from cnncalc.analysis.diff import FIGURES, difference
    from cnncalc.render.difference import percent, render

    parsed = [_parse(text, FIGURES) for text in conditions]
    found = difference(_analysis(old, batch, dtype), _analysis(new, batch, dtype))
    write(render(found, format_), output)
    failed = [
        (text, total) for text, name, relation, limit in parsed if _holds(total := _total(found, name), relation, limit)
    ]
    for text, total in failed:
        click.echo(
            f"fails: {text.strip()}: {total.name} {total.before:,} -> {total.after:,} ({percent(total)})", err=True
        )
    return 1 if failed else 0


def _analysis(name: str, batch: int, dtype: str) -> Analysis:
    from cnncalc.analysis import analyse
    from cnncalc.api import expanded
    from cnncalc.source import decode
    from cnncalc.spec import read

    spec = read(decode(name, _from_git(name))) if name.startswith("git:") else read_file(name)
    return analyse(expanded(spec).graph, batch=batch, dtype=dtype)


def _from_git(name: str) -> bytes:
    """The file of a revision.

    Raises:
        UsageError: git is missing, or does not have it.
    """
    _, _, rest = name.partition(":")
    revision, colon, path = rest.partition(":")
    if not colon or not path or revision.startswith("-"):
        raise UsageError(f"'{name}' is no git:REV:PATH, such as git:main:net.yaml")
    try:
        done = subprocess.run(["git", "show", f"{revision}:./{path}"], capture_output=True, check=False)  # noqa: S603, S607 (the git that there is)
    except OSError as error:
        raise UsageError(f"cannot run git: {error.strerror}") from None
    if done.returncode:
        raise UsageError(f"{name}: {done.stderr.decode(errors='replace').strip().removeprefix('fatal: ')}")
    return done.stdout


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
