"""The group of commands, and what happens to errors that nobody caught."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from importlib import import_module

import click

from cnncalc._version import __version__
from cnncalc.cli import screen
from cnncalc.diagnostics import CnncalcError

GROUPS = {
    "See": {
        "analyze": "Sizes, parameters, MACs, memory and receptive fields of networks.",
        "explain": "Where the numbers of a layer come from.",
        "draw": "Pictures: windows, receptive fields, costs, memory, the network.",
        "report": "One page of HTML: numbers, findings, pictures, explanations.",
    },
    "Ask": {
        "fit": "Input sizes at which every stride fits and every merge agrees.",
        "diff": "What differs between two networks.",
        "specs": "The networks that come with the program.",
        "atlas": "Numbers of the networks of torchvision and timm, to search.",
        "layers": "The layers that exist, their arguments, an example of each.",
    },
    "Check": {
        "lint": "Find defects of networks, with their numbers and fixes.",
        "rule": "What a rule of the linter finds, and why.",
        "verify": "Hold every number against the module that is built.",
        "time": "Time a network on a device, whole and layer by layer.",
    },
    "Bring and take": {
        "convert": "A spec from PyTorch, Keras, ONNX, TFLite, Darknet and others.",
        "build": "Compile a spec: PyTorch source, ONNX, Mermaid, DOT.",
    },
    "Work along": {
        "serve": "A page to try a network on, with this Python behind it.",
        "annotate": "Write the sizes into a spec, behind its lines.",
        "fmt": "Print the statements of a spec in canonical spelling.",
        "schema": "The JSON Schema of the format, for editors.",
    },
}
"""Every command with its one-line help, by what people want of it; the file of a command has its name."""

COMMANDS = {name: text for group in GROUPS.values() for name, text in group.items()}


class LazyGroup(click.Group):
    """Imports a command when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order of the table."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"cnncalc.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Suggest the nearest name for an unknown one."""
        name = args[0] if args else ""
        if name and name not in COMMANDS and not name.startswith("-"):
            from cnncalc.spec.suggest import nearest

            ctx.fail(f"there is no command '{name}'{nearest(name, COMMANDS)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The tables, without importing a command; one width for the names of all."""
        del ctx
        width = max(map(len, COMMANDS))
        for title, commands in GROUPS.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(width), text) for name, text in commands.items()])


_EXIT_CODES = """\b
Exit codes:
  0    fine
  1    findings: no size fits, a file would change
  2    a mistake in the call or in a spec
  3    a mistake of the program; a report is written
  130  interrupted
"""


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=True,
    epilog=_EXIT_CODES,
)
@click.version_option(version=__version__, message="%(prog)s %(version)s")
def group() -> None:
    """Exact numbers of convolutional networks, from a short declarative spec.

    \b
    cnncalc analyze specs/alexnet.yaml
    cnncalc analyze -e "3x227x227 | conv 96 11 s4 | relu | maxpool 3 s2"
    cnncalc explain specs/alexnet.yaml conv2
    cnncalc fit specs/yolov2.yaml 320..608
    """  # noqa: D301 (\b keeps click from joining the lines)


def program() -> None:
    """The program: runs the command of its command line and ends the process at once.

    Taking every module apart again, as Python does at its end, would cost a tenth of the time of a short command.
    """
    gc.set_threshold(100_000)  # imports make many objects and no garbage: looking for it costs a tenth of the start
    try:
        main()
    except SystemExit as end:
        os._exit(end.code if isinstance(end.code, int) else 0)


def main(arguments: list[str] | None = None) -> None:
    """Run a command and exit: 0 fine, 1 findings, 2 the caller's mistake, 3 a mistake of the program, 130 interrupted."""
    _tolerate_encodings()
    code = _run(arguments)
    _release()
    sys.exit(code)


def _run(arguments: list[str] | None) -> int:
    try:
        result = group.main(args=arguments, prog_name="cnncalc", standalone_mode=False)
    except click.exceptions.Abort:
        return _failed("interrupted", 130)
    except click.ClickException as error:
        with suppress(OSError):
            error.show()
        return 2
    except CnncalcError as error:
        return _failed(screen.message(error), error.code)
    except SystemExit:
        return 0  # click ends so when whoever read the output has enough of it, and after completing a command line
    except Exception as error:  # noqa: BLE001 (whatever it is, the user gets a report and no traceback)
        from cnncalc.cli.crash import report

        return _failed(report(error), 3)
    return result if isinstance(result, int) else 0


def _failed(message: str, code: int) -> int:
    with suppress(OSError):
        click.echo(message, err=True)
    return code


def _tolerate_encodings() -> None:
    """A terminal that lacks a character gets another, never an exception."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _release() -> None:
    """What a closed pipe or a full disk did not take goes nowhere, so that Python does not complain about it at exit."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
