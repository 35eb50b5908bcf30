"""``cnncalc lint``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cnncalc.cli.options import OneOf, write
from cnncalc.diagnostics import UsageError
from cnncalc.lint.finding import LEVELS, at_least

if TYPE_CHECKING:
    from cnncalc.lint.finding import Severity
    from cnncalc.lint.report import Report
    from cnncalc.lint.run import Job


@click.command("lint")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("-e", "--expression", multiple=True, metavar="TEXT", help="A network as one-line text.")
@click.option("--stdin-filename", metavar="FILE", help="The name of what comes from standard input (-).")
@click.option("--preset", metavar="NAME", help="recommended (default), strict, pedantic or teaching.")
@click.option("--select", metavar="RULES", help="Only these: codes, names, prefixes (FT) or ALL, with commas between.")
@click.option("--extend-select", metavar="RULES", help="These too.")
@click.option("--ignore", metavar="RULES", help="Not these.")
@click.option(
    "--fail-level", type=OneOf(LEVELS), help="The mildest severity that fails: info, warning (default) or error."
)
@click.option("--sizes", metavar="SIZES", help="Lint for these input sizes: 224,256..512:32.")
@click.option("--batch", type=click.IntRange(min=1, max=10**9), help="Samples per batch, for rules that ask.")
@click.option("--target", metavar="NAME", help="Where the network will run, for rules that ask: nvidia-fp16, onnx...")
@click.option("--output", "outputs", multiple=True, metavar="FORMAT[:FILE]", help="full (default), concise, json, jsonl, sarif, github, gitlab, junit or markdown; repeatable.")  # fmt: skip
@click.option("--fix", is_flag=True, help="Apply the fixes that leave the function of the network as it is.")
@click.option("--unsafe-fixes", is_flag=True, help="With --fix or --diff: also those that change it.")
@click.option(
    "--diff", is_flag=True, help="Show what --fix would change, and change nothing; exit code 1 if there is anything."
)
@click.option("--baseline", metavar="FILE", help="Accepted findings; .cnncalc-baseline.json is read by itself.")
@click.option("--no-baseline", is_flag=True, help="Read no baseline.")
@click.option("--write-baseline", is_flag=True, help="Accept everything that is found now.")
@click.option("--prune-baseline", is_flag=True, help="Take out of the baseline what is no longer found.")
@click.option("--statistics", is_flag=True, help="How often each rule found something, instead of the findings.")
@click.option("--exit-zero", is_flag=True, help="Exit code 0 even with findings.")
@click.option("--isolated", is_flag=True, help="Read no settings files.")
@click.option("--show-settings", is_flag=True, help="Print the settings of each file, and end.")
@click.option(
    "--only-specs", is_flag=True, help="Leave out files that are named but are no specs, or excluded; for hooks."
)
@click.option("--show-files", is_flag=True, help="Print which files would be linted, and end.")
@click.option("--no-cache", is_flag=True, help="Look at every file anew.")
@click.option("--watch", is_flag=True, help="Lint again whenever a file changes, until interrupted.")
def command(paths: tuple[str, ...], expression: tuple[str, ...], **options: Any) -> int:
    """Lint networks: defects that follow from arithmetic, with their numbers, causes and fixes.

    Without a path the folder is searched for specs (YAML files with a cnncalc: key that git does not ignore). Settings
    stand in [tool.cnncalc.lint] of pyproject.toml, or in cnncalc.toml. 'cnncalc rule CODE' explains a rule.

    \b
    cnncalc lint specs/
    cnncalc lint -e "1x7x7 | conv 4 3 s3"
    cnncalc lint --output full --output sarif:lint.sarif
    cnncalc lint specs/ --fix

    \b
    Exit codes: 0 nothing at or above the fail level, 1 findings, 2 a mistake in the call or an unreadable file.
    """  # noqa: D301 (\b keeps click from joining the lines)
    if options["watch"]:
        from cnncalc.cli.watch import watch

        return watch(lambda: run(paths, expression, options), paths)
    return run(paths, expression, options)


def run(paths: tuple[str, ...], expressions: tuple[str, ...], options: dict[str, Any]) -> int:
    """Lint once."""
    from cnncalc.cli.linting.fixes import fix
    from cnncalc.cli.linting.jobs import gather
    from cnncalc.lint import config

    config.forget()
    project = {} if options["isolated"] else config.nearest("-").values
    work, broken = gather(paths, expressions, options, project.get("exclude", ()))
    if options["show_files"] or options["show_settings"]:
        return _show(work, options)
    fail_level = options["fail_level"] or project.get("fail-level", "warning")
    if fail_level not in LEVELS:
        raise UsageError(f"fail-level '{fail_level}' is none of {', '.join(LEVELS)}")
    if options["fix"] or options["diff"]:
        work, changed = fix(work, options)
        if options["diff"]:
            return 1 if changed else 0
    return _judge(work, broken, options, project, fail_level)


def _show(work: list[Job], options: dict[str, Any]) -> int:
    """Which files, or with which settings, instead of findings."""
    from cnncalc.cli.linting.jobs import shown

    files = options["show_files"]
    write("".join(f"{job.source.name}\n" if files else shown(job) for job in work), None)
    return 0


def _judge(
    work: list[Job], broken: list[Report], options: dict[str, Any], project: dict[str, Any], fail_level: Severity
) -> int:
    """Lint, leave out what is accepted, tell the rest; the exit code."""
    from cnncalc.cli.linting.accepted import with_baseline
    from cnncalc.cli.linting.output import report_all
    from cnncalc.lint.run import lint_all

    reports = with_baseline([*lint_all(work, cache=not options["no_cache"]), *broken], options, project)
    if reports is None:
        return 0
    report_all(reports, options)
    if any(report.unreadable for report in reports):
        return 2
    failed = any(at_least(report.findings, fail_level) for report in reports)
    return 1 if failed and not options["exit_zero"] else 0
