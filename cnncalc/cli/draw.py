"""``cnncalc draw``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cnncalc.cli.options import OneOf, Wanted, batch_option, dtype_option, output_option, spec_options, write
from cnncalc.diagnostics import UsageError
from cnncalc.draw.pictures import KINDS

if TYPE_CHECKING:
    from cnncalc.analysis.result import Analysis
    from cnncalc.draw.picture import Picture

THEMES = ("auto", "light", "dark")


def _listed() -> str:
    """The pictures, for the help."""
    width = max(map(len, KINDS)) + 1
    lines = [f"  {name.ljust(width)} {kind.about}" for name, kind in KINDS.items()]
    return "\n".join(("\b", "Pictures:", *lines))


@click.command("draw", epilog=_listed())
@spec_options(many=True, metavar="SPEC... WHAT [LAYER]")
@click.option("--animate", is_flag=True, help="coverage: step through the windows.")
@click.option(
    "--cells",
    type=click.IntRange(4, 64),
    help="coverage, overlap: places of an axis that are drawn; else all of 34, of more 24.",
)
@click.option("--at", metavar="Y,X", help="field: the place of the output; the middle without it.")
@click.option("--image", metavar="FILE", help="field: a picture of the input, as PNG, JPEG, GIF or WebP.")
@click.option("--object", "object_", metavar="HxW", help="field: the size of an object, drawn beside it.")
@click.option(
    "--depth",
    type=click.IntRange(min=1),
    help="size, cost, network: how far blocks unfold; else as far as there is room.",
)
@click.option("--against", metavar="X,Y", help="pareto: the two figures; macs,params without it.")
@click.option("--style", type=OneOf(["graph", "volumes"]), help="network: as a graph (the default) or as volumes.")
@click.option(
    "--theme", type=OneOf(THEMES), default="auto", show_default=True, help="Colours; auto: by the reader's setting."
)
@batch_option
@dtype_option
@click.option(
    "--optimizer",
    type=OneOf(["sgd", "momentum", "adam"]),
    default="sgd",
    show_default=True,
    help="memory: of the training step.",
)
@output_option
def command(
    wanted: Wanted, theme: Any, batch: int, dtype: str, optimizer: str, output: str | None, **options: Any
) -> int:
    """Draw a network as SVG, or as PNG if the file's name ends so (with resvg-py).

    WHAT is one of the pictures below. Without -o the SVG goes to standard output.

    \b
    cnncalc draw specs/alexnet.yaml coverage conv1 -o coverage.svg
    cnncalc draw -e "1x7x7 | conv 1 3 s3" coverage conv --animate -o lost.svg
    cnncalc draw resnet50 field layer4 --image cat.png -o field.png
    """  # noqa: D301 (\b keeps click from joining the lines)
    specs, what, layer = _words(wanted)
    chosen = _options(options)
    asked = wanted._replace(specs=specs)
    measured = _measured(asked) if KINDS[what].of == "timing" else None
    none = KINDS[what].of in ("function", "timing")
    networks = [asked.load(*spec, strict=False) for spec in (() if none else asked.all())]
    from cnncalc.analysis import analyse
    from cnncalc.draw.pictures import draw

    analyses: list[Analysis] = [
        analyse(network.graph, batch=batch, dtype=dtype, optimizer=optimizer) for network in networks
    ]
    _write(draw(analyses, what, layer, measured=measured, **chosen), output, theme)
    messages = [problem.full() for network in networks for problem in network.problems]
    if messages:
        click.echo("\n".join(messages), err=True)
    return 2 if messages else 0


def _words(wanted: Wanted) -> tuple[tuple[str, ...], str, str]:
    """Specs, picture and layer out of the arguments: the picture is the first word that is one, behind the first spec."""
    from cnncalc.spec.suggest import nearest

    given = wanted.specs
    alone = wanted.expressions or (given and given[0] in KINDS and KINDS[given[0]].of == "function")
    first = 0 if alone else 1
    place = next((i for i, word in enumerate(given) if i >= first and word in KINDS), None)
    if place is None:
        guess = nearest(given[first], KINDS) if len(given) > first else ""
        said = (
            f"there is no picture '{given[first]}'{guess}"
            if len(given) > first
            else "which picture? cnncalc draw SPEC WHAT"
        )
        raise UsageError(f"{said}; there are {', '.join(KINDS)}")
    if len(given) > place + 2:
        raise UsageError(
            f"one layer behind {given[place]}, not {len(given) - place - 1}: {' '.join(given[place + 1 :])}"
        )
    return given[:place], given[place], "".join(given[place + 1 :])


def _measured(asked: Wanted) -> dict[str, Any]:
    """What was timed, from the file in the place of the spec, or from standard input."""
    from cnncalc.cli.options import standard_input
    from cnncalc.draw.measured import parse

    kind, name = asked.one()
    if kind != "file":
        raise UsageError("a timing is a file: cnncalc draw times.json roofline")
    try:
        data = standard_input() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {name}: {error.strerror}") from None
    return parse(data.decode("utf-8", "replace"), name)


def _options(given: dict[str, Any]) -> dict[str, Any]:
    """The options that were given, with their numbers read."""
    chosen = {name.rstrip("_"): value for name, value in given.items() if value not in (None, False)}
    if "at" in chosen:
        chosen["at"] = _place(chosen["at"])
    if "against" in chosen:
        first, comma, second = chosen["against"].partition(",")
        if not comma:
            raise UsageError(f"--against {chosen['against']}: give two figures, such as --against macs,params")
        chosen["against"] = (first.strip(), second.strip())
    if "object" in chosen:
        from cnncalc.spec.setting import parse_size

        chosen["object"] = parse_size(chosen["object"])
    return chosen


def _place(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise UsageError(f"--at {text}: give a place of the output, such as --at 3,4") from None


def _write(made: Picture, output: str | None, theme: Any) -> None:
    from cnncalc.draw.picture import is_png

    if output is not None and is_png(output):
        made.save(output, theme=theme)
    else:
        write(made.svg(theme=theme), output)
