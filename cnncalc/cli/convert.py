"""``cnncalc convert``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cnncalc.cli.options import output_option, pairs, standard_input, write
from cnncalc.diagnostics import UsageError

if TYPE_CHECKING:
    from cnncalc.layers.base import Shape

FORMATS = ("auto", "torch", "darknet", "caffe", "keras", "onnx", "tflite", "huggingface", "ultralytics")


@click.command("convert")
@click.argument("words", nargs=-1, required=True, metavar="[FORMAT] SOURCE")
@click.option("--input", "sizes", multiple=True, metavar="SIZE", help="Size of an input without the batch, one per argument of the model: 3x224x224, or '20 int' for whole numbers.")  # fmt: skip
@click.option(
    "--arg", "arguments", multiple=True, metavar="NAME=VALUE", help="For torch: an argument of the factory; repeatable."
)
@click.option(
    "--check", is_flag=True, help="For torch: build the spec and compare names, sizes and outputs with the model."
)
@click.option(
    "--assume",
    is_flag=True,
    help="For torch: of a model that does not run, follow the rest as if what failed had fitted.",
)
@click.option(
    "--opaque",
    is_flag=True,
    help="For torch: what cannot be said becomes opaque, with its size and what is measured of it.",
)
@output_option
def command(
    words: tuple[str, ...],
    sizes: tuple[str, ...],
    arguments: tuple[str, ...],
    check: bool,  # noqa: FBT001 (click's flags)
    assume: bool,  # noqa: FBT001 (click's flags)
    opaque: bool,  # noqa: FBT001 (click's flags)
    output: str | None,
) -> int:
    """Turn a network of another format into a spec.

    FORMAT is torch, darknet, caffe, keras, onnx, tflite, huggingface or ultralytics; files are recognised by what is in them. For torch SOURCE is
    package.module:factory: the model is imported, run once on random numbers, and what it calls becomes the spec.
    What cannot be said in a spec is named with its place. Of a model that does not run the calls are told up to the one
    that fails, why it fails, and what would mend it (exit code 1).

    \b
    cnncalc convert torch torchvision.models:resnet50 --input 3x224x224 --check -o resnet50.yaml
    cnncalc convert yolov3.cfg -o yolov3.yaml
    cnncalc convert caffe deploy.prototxt
    cnncalc convert yolo11.yaml -o yolo11_spec.yaml
    """  # noqa: D301 (\b keeps click from joining the lines)
    from cnncalc.spec.setting import parse_size
    from cnncalc.spec.suggest import nearest

    form, source = ("auto", words[0]) if len(words) == 1 else words[:2]
    if len(words) > 2 or form not in FORMATS:  # noqa: PLR2004 (a format and a source)
        raise UsageError(f"there is no format '{form}'{nearest(form, FORMATS)}; there are {', '.join(FORMATS)}")
    if form == "auto" and source.startswith("torch:"):
        form, source = "torch", source.removeprefix("torch:")
    shapes = [parse_size(size) for size in sizes]
    if form == "torch":
        return _torch(
            source,
            shapes,
            dict(pairs(arguments, "--arg needs NAME=VALUE, such as width=2")),
            output,
            check=check,
            assume=assume,
            opaque=opaque,
        )
    if check or arguments or assume or opaque:
        raise UsageError("--check, --arg, --assume and --opaque are for torch")
    write(_file(form, source, shapes), output)
    return 0


def _torch(
    source: str,
    shapes: list[Shape],
    arguments: dict[str, str],
    output: str | None,
    *,
    check: bool,
    assume: bool,
    opaque: bool,
) -> int:
    from cnncalc.api import build, load
    from cnncalc.extras import need_torch

    need_torch("convert torch")
    from cnncalc.convert.broken import spec_of
    from cnncalc.convert.factory import make
    from cnncalc.convert.foreign import theirs
    from cnncalc.convert.pytorch import samples
    from cnncalc.convert.tree import ConvertError

    model = make(source, arguments)
    sizes = shapes or [(3, 224, 224)]
    comment = f"Converted from {source}."
    try:
        text = spec_of(model, source, sizes, comment=comment, assume=assume, opaque=opaque)
    except ConvertError as error:
        hint = "" if opaque else "with --opaque they are taken with their sizes and what is measured of them"
        raise ConvertError(error.found, error.source, help_=hint) from None
    text = _read_back(text, source)
    if output is not None or not check:
        write(text, output)
    if not check:
        return 0
    from cnncalc.runtime.same import differences, only_rounded

    built = build(load(text))
    with theirs(f"running {source} for --check"):
        found = differences(model, built, samples(sizes))
        rounded = (
            bool(found)
            and all(line.startswith("output ") for line in found)
            and only_rounded(model, built, samples(sizes))
        )
    if rounded:
        click.echo(f"{source}: the spec has the same tensors and gives the same outputs but for rounding", err=True)
        return 0
    for difference in found:
        click.echo(f"differs: {difference}", err=True)
    if not found:
        click.echo(f"{source}: the spec has the same tensors and gives the same outputs, to the bit", err=True)
    return 1 if found else 0


def _file(form: str, source: str, shapes: list[Shape]) -> str:
    from pathlib import Path

    from cnncalc.convert.recognise import convert

    try:
        data = standard_input() if source == "-" else Path(source).read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {source}: {error.strerror}") from None
    return _read_back(convert(data, source, form, shapes), source)


def _read_back(text: str, source: str) -> str:
    """The spec, which must be one that can be analysed."""
    from cnncalc.api import expanded
    from cnncalc.spec.readback import read_back

    return read_back(text, source, expanded)
