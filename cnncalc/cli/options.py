"""Options that several commands share: which specs, at which size, with which parameters."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from cnncalc.cli.screen import forced
from cnncalc.diagnostics import UsageError
from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cnncalc.diagnostics import Source
    from cnncalc.layers.base import Shape
    from cnncalc.network.loaded import Network
    from cnncalc.spec.model import Spec

    _Choice = click.Choice[str]
else:
    _Choice = click.Choice


class Wanted(NamedTuple):
    """What the shared options say."""

    specs: tuple[str, ...]
    expressions: tuple[str, ...]
    inputs: dict[str, Shape]
    settings: dict[str, str]
    variant: str | None

    def one(self) -> tuple[str, str]:
        """The only spec, as kind (``file`` or ``text``) and value.

        Raises:
            UsageError: there are none or several.
        """
        every = self.all()
        if len(every) != 1:
            raise UsageError("this command takes one spec: a file, - for standard input, or -e TEXT")
        return every[0]

    def all(self) -> list[tuple[str, str]]:
        """All specs.

        Raises:
            UsageError: there is none.
        """
        found = [("file", spec) for spec in self.specs] + [("text", text) for text in self.expressions]
        if not found:
            raise UsageError(
                "no spec: give a file, - for standard input, or -e TEXT; 'cnncalc analyze --help' shows examples"
            )
        return found

    def load(self, kind: str, value: str, *, strict: bool) -> Network:
        """Read a spec with these options.

        Raises:
            SpecError: it cannot be read.
            UsageError: an unknown input, parameter or variant.
        """
        from cnncalc.api import expanded
        from cnncalc.catalogue import variant_of
        from cnncalc.spec import read_program

        if kind == "file" and value.startswith(TORCH):
            return expanded(read_model(value, tuple(self.inputs.values())), strict=strict)
        read = read_program(_expression(value)) if kind == "text" else read_file(value, tuple(self.inputs.values()))
        variant = variant_of(value, self.variant) if kind == "file" and value.isidentifier() else self.variant
        return expanded(read, inputs=self.inputs, settings=self.settings, variant=variant, strict=strict)


def _expression(text: str) -> Source:
    from cnncalc.diagnostics import Source

    return Source("-e", text)


def read_file(path: str, shapes: Sequence[Shape] = ()) -> Spec:
    """Read a spec from a file, from standard input (``-``), from a revision (``git:REV:PATH``), or a shipped one by its name.

    A file of another format (ONNX, TFLite, Keras, Caffe, Darknet, Ultralytics) is converted; ``shapes``: sizes of its inputs.

    Raises:
        SpecError: it cannot be read.
        ConvertError: a file of another format does something that a spec cannot say.
        UsageError: there is no such file.
    """
    from cnncalc.catalogue import source_of
    from cnncalc.diagnostics import SpecError
    from cnncalc.source import decode
    from cnncalc.spec import read

    data = standard_input() if path == "-" else _from_git(path) if path.startswith(REVISION) else None
    try:
        return read(source_of(path) if data is None else decode(path, data))
    except SpecError:
        from cnncalc.convert.recognise import as_spec

        converted = as_spec(path, data, shapes)
        if converted is None:
            raise
        return read(converted)


REVISION = "git:"
"""What stands before REV:PATH where a file can stand."""


def _from_git(name: str) -> bytes:
    """The file of a revision.

    Raises:
        UsageError: git is missing, or does not have it.
    """
    import subprocess

    revision, colon, path = name.removeprefix(REVISION).partition(":")
    if not colon or not path or revision.startswith("-"):
        raise UsageError(f"'{name}' is no git:REV:PATH, such as git:main:net.yaml")
    try:
        done = subprocess.run(["git", "show", f"{revision}:./{path}"], capture_output=True, check=False)  # noqa: S603, S607 (the git that there is)
    except OSError as error:
        raise UsageError(f"cannot run git: {error.strerror}") from None
    if done.returncode:
        raise UsageError(f"{name}: {done.stderr.decode(errors='replace').strip().removeprefix('fatal: ')}")
    return done.stdout


TORCH = "torch:"
"""What stands before package.module:factory where a spec can stand."""


def read_model(name: str, shapes: tuple[Shape, ...]) -> Spec:
    """The spec of a PyTorch model, ``torch:package.module:factory``, for inputs of these sizes (3x224x224 without any).

    Raises:
        MissingExtraError: torch is not installed.
        UsageError: there is no such model.
        ConvertError: the model cannot be expressed.
        BrokenModelError: the model does not run.
    """
    from cnncalc.spec import read

    return read(model_source(name, shapes))


def model_source(name: str, shapes: tuple[Shape, ...]) -> Source:
    """The same as text."""
    from cnncalc.diagnostics import Source
    from cnncalc.extras import need_torch

    need_torch(name)
    from cnncalc.convert.broken import spec_of
    from cnncalc.convert.factory import make

    return Source(name, spec_of(make(name.removeprefix(TORCH), {}), name, shapes or ((3, 224, 224),)))


def standard_input() -> bytes:
    """All of standard input.

    Raises:
        UsageError: it is closed.
    """
    if sys.stdin is None:
        raise UsageError("cannot read -: standard input is closed")
    return sys.stdin.buffer.read()


def pairs(values: tuple[str, ...], what: str) -> list[tuple[str, str]]:
    """``NAME=VALUE`` options as pairs.

    Raises:
        UsageError: one is no such thing; says ``what`` is wanted.
    """
    found = []
    for value in values:
        name, equals, text = value.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"'{value}': {what}")
        found.append((name.strip(), text.strip()))
    return found


def _inputs(values: tuple[str, ...]) -> dict[str, Shape]:
    from cnncalc.spec.setting import parse_size

    found: dict[str, Shape] = {}
    for value in values:
        name, _, text = value.rpartition("=")
        found[name.strip()] = parse_size(text.strip())
    return found


def spec_options(*, many: bool, metavar: str = "[SPEC]...") -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Arguments and options that say which networks are meant; the command gets them as ``wanted``."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        def run(
            specs: tuple[str, ...],
            expression: tuple[str, ...],
            input_: tuple[str, ...],
            set_: tuple[str, ...],
            variant: str | None,
            **rest: Any,
        ) -> Any:
            settings = dict(pairs(set_, "--set needs NAME=VALUE, such as width=1/2"))
            names = tuple(name for name in (specs if isinstance(specs, tuple) else (specs,)) if name)
            return function(Wanted(names, expression, _inputs(input_), settings, variant), **rest)

        run.__name__, run.__doc__ = function.__name__, function.__doc__
        run.__click_params__ = getattr(function, "__click_params__", [])  # type: ignore[attr-defined]
        for option in reversed(_OPTIONS):
            run = option(run)
        return click.argument("specs", nargs=-1 if many else 1, required=False, metavar=metavar if many else "[SPEC]")(
            run
        )

    return decorate


_OPTIONS = (
    click.option(
        "-e",
        "--expression",
        multiple=True,
        metavar="TEXT",
        help="A network as one-line text: '3x32x32 | conv 8 3 | relu'.",
    ),
    click.option(
        "--input", "input_", multiple=True, metavar="[NAME=]SIZE", help="Another size of an input: 3x320x320."
    ),
    click.option(
        "--set",
        "set_",
        multiple=True,
        metavar="NAME=VALUE",
        help="Another value of a parameter of the spec: width=1/2.",
    ),
    click.option("--variant", metavar="NAME", help="A variant of the spec."),
)

batch_option = click.option(
    "--batch", type=click.IntRange(min=1, max=10**9), default=1, show_default=True, help="Samples per batch."
)
dtype_option = click.option(
    "--dtype",
    default="float32",
    show_default=True,
    help="Type of all numbers: float32, float16, bfloat16, int8...; autocast: float32 with products in bfloat16.",
)


def output_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """``-o FILE``."""
    return click.option("-o", "--output", metavar="FILE", help="Write to a file.")(function)


class OneOf(_Choice):
    """A choice that suggests the nearest for a misspelt one."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The value itself, if it is one of them."""
        if value not in self.choices:
            from cnncalc.spec.suggest import nearest

            self.fail(f"'{value}' is none of {', '.join(self.choices)}{nearest(str(value), self.choices)}", param, ctx)
        return value


def write(text: str, output: str | None) -> None:
    """To the file, or to standard output.

    Raises:
        UsageError: the file cannot be written; standard output takes no more.
    """
    if output is None or output == "-":
        _print(text)
        return
    try:
        with open(output, "w", encoding="utf-8", errors="replace", newline="\n") as file:  # noqa: PTH123 (cheaper to import)
            file.write(text)
    except OSError as error:
        raise UsageError(f"cannot write {output}: {error.strerror}") from None


def _print(text: str) -> None:
    try:
        click.echo(text, nl=False, color=True if forced() else None)  # else click takes colours out in a pipe
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UsageError(f"cannot write to standard output: {error.strerror}") from None
