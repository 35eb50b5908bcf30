"""``cnncalc lint``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cnncalc.cli.options import TORCH, OneOf, model_source, standard_input, write
from cnncalc.cli.screen import message
from cnncalc.diagnostics import Source, SpecError, UsageError
from cnncalc.lint.finding import LEVELS, at_least

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.lint.engine import Report
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
    from cnncalc.lint import config
    from cnncalc.lint.run import lint_all

    config.forget()
    line = _command_line(options)
    project = {} if options["isolated"] else config.nearest("-").values
    work, broken = _jobs(paths, expressions, options, line, project.get("exclude", ()))
    if options["show_files"]:
        write("".join(f"{job.source.name}\n" for job in work), None)
        return 0
    if options["show_settings"]:
        write("".join(_shown(job) for job in work), None)
        return 0
    fail_level = options["fail_level"] or project.get("fail-level", "warning")
    if fail_level not in LEVELS:
        raise UsageError(f"fail-level '{fail_level}' is none of {', '.join(LEVELS)}")
    changed = 0
    if options["fix"] or options["diff"]:
        work, changed = _fix(work, options)
        if options["diff"]:
            return 1 if changed else 0
    reports = [*lint_all(work, cache=not options["no_cache"]), *broken]
    accepted = _with_baseline(reports, options, project)
    if accepted is None:
        return 0
    reports = accepted
    _report(reports, options)
    if any(report.unreadable for report in reports):
        return 2
    failed = any(at_least(report.findings, fail_level) for report in reports)
    return 1 if failed and not options["exit_zero"] else 0


# ---------------------------------------------------------------------------------------------- input


def _command_line(options: dict[str, Any]) -> dict[str, Any]:
    """What the options say, under the names of the settings files."""
    values: dict[str, Any] = {}
    for option in ("select", "extend-select", "ignore"):
        text = options[option.replace("-", "_")]
        if text is not None:
            values[option] = [part.strip() for part in text.split(",") if part.strip()]
    for option in ("preset", "batch", "target", "sizes"):
        if options[option] is not None:
            values[option] = options[option]
    return values


def _jobs(
    paths: tuple[str, ...],
    expressions: tuple[str, ...],
    options: dict[str, Any],
    line: dict[str, Any],
    exclude: Sequence[str],
) -> tuple[list[Job], list[Report]]:
    from cnncalc.convert.recognise import as_spec
    from cnncalc.lint.files import discover
    from cnncalc.lint.run import Job, jobs, settings_for
    from cnncalc.lint.settings import parse_sizes

    models = [name for name in paths if name.startswith(TORCH)]
    converted = {name: source for name in paths if name not in (*models, "-") and (source := as_spec(name))}
    size = (parse_sizes(options["sizes"] or "") or (224,))[0] if models else 0
    converted |= {name: model_source(name, ((3, size, size),)) for name in models}
    if converted and options["fix"] and not options["diff"]:
        raise UsageError(f"--fix changes specs, and {next(iter(converted))} is none: cnncalc convert makes one of it")
    paths = tuple(name for name in paths if name not in converted)
    files = (
        []
        if converted and not paths
        else discover(paths, exclude, only_specs=options["only_specs"])
        if paths or not expressions
        else []
    )
    work, broken = jobs([name for name in files if name != "-"], line, isolated=options["isolated"])
    for text in expressions:
        work.append(Job(Source("-e", text), settings_for("-e", line, isolated=options["isolated"])))
    for source in converted.values():
        work.append(Job(source, settings_for("-e", line, isolated=options["isolated"])))
    if "-" in files:
        from cnncalc.source import decode

        name = options["stdin_filename"] or "-"
        work.append(Job(decode(name, standard_input()), settings_for(name, line, isolated=options["isolated"])))
    return work, broken


def _shown(job: Job) -> str:
    settings = job.settings
    lines = [job.source.name, f"  rules: {', '.join(sorted(settings.rules))}"]
    lines += [f"  {name}: {value}" for name, value in settings.declared.items()]
    lines += [f"  severity of {code}: {level}" for code, level in settings.severity.items()]
    lines += [f"  sizes: {', '.join(map(str, settings.sizes))}"] if settings.sizes else []
    return "\n".join(lines) + "\n"


# ---------------------------------------------------------------------------------------------- fixes


def _fix(work: list[Job], options: dict[str, Any]) -> tuple[list[Job], int]:
    """Fix every text; how many changed. With ``--diff`` nothing is written."""
    from cnncalc.lint.fix import fixed

    done: list[Job] = []
    changed = 0
    for job in work:
        try:
            result = fixed(job.source, job.settings, unsafe=options["unsafe_fixes"])
        except SpecError:
            done.append(job)
            continue
        if result.text != job.source.text:
            changed += 1
            if options["diff"]:
                write(_difference(job.source, result.text), None)
            else:
                _save(job.source, result.text)
        for applied in result.applied:
            finding = applied.finding
            click.echo(
                f"{job.source.name}: {finding.code} {finding.path}: {applied.fix.message} ({applied.effect})", err=True
            )
        done.append(job._replace(source=Source(job.source.name, result.text)))
    return done, changed


def _save(source: Source, text: str) -> None:
    if source.name in ("-", "-e"):
        write(text if text.endswith("\n") else f"{text}\n", None)
        return
    try:
        Path(source.name).write_bytes(text.encode())
    except OSError as error:
        raise UsageError(f"cannot write {source.name}: {error.strerror}") from None


def _difference(source: Source, text: str) -> str:
    from difflib import unified_diff

    lines = unified_diff(
        source.text.splitlines(keepends=True), text.splitlines(keepends=True), f"a/{source.name}", f"b/{source.name}"
    )
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


# ---------------------------------------------------------------------------------------------- baseline


def _with_baseline(reports: list[Report], options: dict[str, Any], project: dict[str, Any]) -> list[Report] | None:
    """The reports less what the baseline accepts; None after it was written."""
    from cnncalc.lint import baseline

    given = options["baseline"] or project.get("baseline")
    file = Path(given or baseline.NAME)
    if options["write_baseline"]:
        entries = baseline.of(reports)
        baseline.save(file, entries)
        count = sum(len(report.findings) for report in reports)
        click.echo(f"{file}: {count} {'finding' if count == 1 else 'findings'} accepted", err=True)
        return None
    if options["no_baseline"] or not (given or file.is_file()):
        return reports
    entries = baseline.load(file)
    if options["prune_baseline"]:
        baseline.save(file, baseline.pruned(reports, entries))
        entries = baseline.load(file)
    return baseline.apply(reports, entries, str(file))


# ---------------------------------------------------------------------------------------------- output


def _report(reports: list[Report], options: dict[str, Any]) -> None:
    """Write every wanted output; problems of unreadable files go to standard error."""
    for report in reports:
        if report.unreadable:
            click.echo(message(SpecError(report.unreadable)), err=True)
    if options["statistics"]:
        write(_statistics(reports), None)
        return
    from cnncalc.render.findings import FORMATS, render
    from cnncalc.spec.suggest import nearest

    wanted = list(options["outputs"]) or ["full"]
    if os.environ.get("GITHUB_ACTIONS") == "true" and not options["outputs"]:
        wanted.append("github")
    for output in wanted:
        form, _, file = output.partition(":")
        if form not in FORMATS:
            raise UsageError(f"there is no output '{form}'{nearest(form, FORMATS)}; there are {', '.join(FORMATS)}")
        write(render(reports, form), file or None)
    if any(output.partition(":")[::2] in (("full", ""), ("concise", "")) for output in wanted):
        click.echo(_summary(reports), err=True)


def _summary(reports: list[Report]) -> str:
    counts = {
        level: sum(finding.severity == level for report in reports for finding in report.findings) for level in LEVELS
    }
    plural = {"error": "errors", "warning": "warnings", "info": "infos"}
    parts = [
        f"{counts[level]} {level if counts[level] == 1 else plural[level]}"
        for level in reversed(LEVELS)
        if counts[level]
    ]
    read = sum(not report.unreadable for report in reports)
    files = f"{read} {'spec' if read == 1 else 'specs'}"
    unread = len(reports) - read
    if unread and not read:
        return f"{unread} {'spec' if unread == 1 else 'specs'} could not be read; nothing was checked"
    suppressed = sum(len(report.suppressed) for report in reports)
    more = f", {suppressed} suppressed" if suppressed else ""
    more += f"; {unread} could not be read" if unread else ""
    if not parts:
        return f"{files}: nothing found{more}"
    fixable = sum(any(fix.safe for fix in finding.fixes) for report in reports for finding in report.findings)
    return f"{files}: {', '.join(parts)}{more}" + (f"; {fixable} can be fixed with --fix" if fixable else "")


def _statistics(reports: list[Report]) -> str:
    counts: dict[tuple[str, str], int] = {}
    for report in reports:
        for finding in report.findings:
            key = (finding.code, finding.name)
            counts[key] = counts.get(key, 0) + 1
    rows = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return "".join(f"{number:5}  {code}  {name}\n" for (code, name), number in rows)


def is_terminal() -> bool:
    """Whether somebody watches."""
    return sys.stdout is not None and sys.stdout.isatty()
