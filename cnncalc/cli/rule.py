"""``cnncalc rule``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cnncalc.cli.options import OneOf, write
from cnncalc.diagnostics import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.lint.rule import Rule


@click.command("rule")
@click.argument("names", nargs=-1, metavar="[CODE or NAME]...")
@click.option("--all", "every", is_flag=True, help="All rules in full.")
@click.option(
    "--format",
    "format_",
    type=OneOf(["text", "markdown", "json"]),
    default="text",
    show_default=True,
    help="Of the pages.",
)
@click.option("--prove", is_flag=True, help="Build the examples with PyTorch and show the effect. Needs torch.")
def command(names: tuple[str, ...], every: bool, format_: str, prove: bool) -> int:  # noqa: FBT001 (click's flags)
    """Explain rules of the linter: what they find, why it matters, the exact condition, examples, the fix, the source.

    \b
    cnncalc rule                          a list of all
    cnncalc rule FT001
    cnncalc rule bias-before-norm --prove
    """  # noqa: D301 (\b keeps click from joining the lines)
    from cnncalc.lint._index import RULES
    from cnncalc.lint.registry import find, suggestion
    from cnncalc.render import rules as pages

    chosen = []
    for name in names:
        rule = find(name)
        if rule is None:
            raise UsageError(f"there is no rule '{name}'{suggestion(name)}; 'cnncalc rule' lists them")
        chosen.append(rule)
    chosen = list(RULES) if every else chosen
    if prove:
        return _prove(chosen or list(RULES))
    if format_ == "json":
        write(pages.as_json(chosen or RULES), None)
    elif not chosen:
        write(pages.table(RULES), None)
    else:
        page = pages.as_markdown if format_ == "markdown" else pages.as_text
        write("\n".join(page(rule) for rule in chosen), None)
    return 0


def _prove(rules: Sequence[Rule]) -> int:
    from cnncalc.extras import need_torch

    need_torch("rule --prove")
    from cnncalc.runtime.proofs import prove

    failed = False
    for rule in rules:
        for line, holds in prove(rule):
            failed |= not holds
            click.echo(line)
    return int(failed)
