"""What is linted, and with which settings: files, folders, one-line text, standard input, models of other formats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnncalc.cli.options import TORCH, model_source, standard_input
from cnncalc.diagnostics import Source, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.lint.report import Report
    from cnncalc.lint.run import Job


def command_line(options: dict[str, Any]) -> dict[str, Any]:
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


def gather(
    paths: tuple[str, ...], expressions: tuple[str, ...], options: dict[str, Any], exclude: Sequence[str]
) -> tuple[list[Job], list[Report]]:
    """Every text with its settings; files that are no text as reports.

    Raises:
        UsageError: a file cannot be read, or fixes are wanted for what is no spec.
    """
    from cnncalc.lint.run import Job, jobs, settings_for

    line, isolated = command_line(options), options["isolated"]
    converted = _converted(paths, options)
    files = _files(tuple(name for name in paths if name not in converted), expressions, converted, options, exclude)
    work, broken = jobs([name for name in files if name != "-"], line, isolated=isolated)
    for source in (*(Source("-e", text) for text in expressions), *converted.values()):
        work.append(Job(source, settings_for("-e", line, isolated=isolated)))
    if "-" in files:
        from cnncalc.source import decode

        name = options["stdin_filename"] or "-"
        work.append(Job(decode(name, standard_input()), settings_for(name, line, isolated=isolated)))
    return work, broken


def _converted(paths: tuple[str, ...], options: dict[str, Any]) -> dict[str, Source]:
    """Paths of other formats, and models of PyTorch, as specs."""
    from cnncalc.convert.recognise import as_spec
    from cnncalc.lint.settings import parse_sizes

    models = [name for name in paths if name.startswith(TORCH)]
    converted = {name: source for name in paths if name not in (*models, "-") and (source := as_spec(name))}
    size = (parse_sizes(options["sizes"] or "") or (224,))[0] if models else 0
    converted |= {name: model_source(name, ((3, size, size),)) for name in models}
    if converted and options["fix"] and not options["diff"]:
        raise UsageError(f"--fix changes specs, and {next(iter(converted))} is none: cnncalc convert makes one of it")
    return converted


def _files(
    paths: tuple[str, ...],
    expressions: tuple[str, ...],
    converted: dict[str, Source],
    options: dict[str, Any],
    exclude: Sequence[str],
) -> list[str]:
    """The files below the paths; without any path those of this folder, unless something else is linted."""
    from cnncalc.lint.files import discover

    if not paths and (converted or expressions):
        return []
    return discover(paths, exclude, only_specs=options["only_specs"])


def shown(job: Job) -> str:
    """The settings of one file."""
    settings = job.settings
    lines = [job.source.name, f"  rules: {', '.join(sorted(settings.rules))}"]
    lines += [f"  {name}: {value}" for name, value in settings.declared.items()]
    lines += [f"  severity of {code}: {level}" for code, level in settings.severity.items()]
    lines += [f"  sizes: {', '.join(map(str, settings.sizes))}"] if settings.sizes else []
    return "\n".join(lines) + "\n"
