"""``cnncalc time``."""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from cnncalc.cli.options import OneOf, Wanted, output_option, spec_options, write
from cnncalc.diagnostics import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MODES = ("eager", "compile", "channels_last", "fused")


@click.command("time")
@spec_options(many=True)
@click.option("--device", default="cpu", show_default=True, help="cpu, cuda, cuda:1 or mps.")
@click.option("--batch", default="1", show_default=True, metavar="N[,N]", help="Samples per batch; several: 1,8.")
@click.option(
    "--dtype",
    type=OneOf(["float32", "float64", "float16", "bfloat16"]),
    default="float32",
    show_default=True,
    help="Type of all numbers.",
)
@click.option("--threads", type=click.IntRange(min=1), help="Threads of the processor; without it as torch chooses.")
@click.option(
    "--mode", default="eager", show_default=True, metavar="M[,M]", help=f"Any of {', '.join(MODES)}, in turns."
)
@click.option("--train", is_flag=True, help="A step of training: forward, backward, SGD.")
@click.option("--per-layer", is_flag=True, help="Also every layer by itself, on its real inputs.")
@click.option(
    "--seconds",
    type=click.FloatRange(min=0.001),
    default=0.5,
    show_default=True,
    help="How long to measure each at least.",
)
@click.option("--roofline/--no-roofline", default=True, help="Measure what the device reaches, once; kept in a cache.")
@click.option("--remeasure", is_flag=True, help="Measure the roofline again.")
@click.option(
    "--format", "format_", type=OneOf(["plain", "markdown", "json", "timm"]), default="plain", show_default=True,
    help="Of the report; timm: the CSV columns of its benchmark.",
)  # fmt: skip
@output_option
def command(
    wanted: Wanted,
    device: str,
    batch: str,
    dtype: str,
    threads: int | None,
    mode: str,
    train: bool,  # noqa: FBT001 (click's flags)
    per_layer: bool,  # noqa: FBT001
    seconds: float,
    roofline: bool,  # noqa: FBT001
    remeasure: bool,  # noqa: FBT001
    format_: str,
    output: str | None,
) -> int:
    """Time networks on a device: the whole un-instrumented, several modes and networks in turns. Needs torch.

    Reported: median, interquartile range and number of samples, samples per second, GFLOP/s, and the least time that
    the roofline of this device allows (a lower bound, no prediction), with its share of the median. Two networks are compared by the ratios of neighbouring samples.

    \b
    cnncalc time specs/alexnet.yaml --batch 1,8
    cnncalc time specs/resnet18.yaml --mode eager,channels_last,fused
    cnncalc time specs/resnet18.yaml specs/resnet34.yaml
    cnncalc time specs/lenet5.yaml --per-layer
    """  # noqa: D301 (\b keeps click from joining the lines)
    from cnncalc.extras import need_torch

    need_torch("time")
    batches, modes = _batches(batch), _modes(mode)
    networks = [wanted.load(kind, value, strict=True) for kind, value in wanted.all()]
    from cnncalc.render.timing import render
    from cnncalc.runtime.timing import Conditions, benchmark

    with _progress() as progress:
        conditions = Conditions(
            device=device, batches=batches, dtype=dtype, threads=threads, modes=modes, train=train, per_layer=per_layer,
            seconds=seconds, roofline=roofline, remeasure=remeasure, progress=progress,
        )  # fmt: skip
        found = benchmark(networks, conditions)
    write(render(found, format_), output)
    return 0 if any(timing.measured for timing in found.timings) else 1


def _batches(text: str) -> tuple[int, ...]:
    parts = text.split(",")
    if not all(re.fullmatch(r"\s*0*[1-9][0-9]{0,8}\s*", part) for part in parts):
        raise UsageError(f"--batch '{text}': needs whole numbers of at least 1, such as 1,8")
    return tuple(map(int, parts))


def _modes(text: str) -> tuple[str, ...]:
    from cnncalc.spec.suggest import nearest

    modes = tuple(part.strip() for part in text.split(","))
    for mode in modes:
        if mode not in MODES:
            raise UsageError(f"--mode '{mode}' is none of {', '.join(MODES)}{nearest(mode, MODES)}")
    return modes


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """What is being done, on a terminal's standard error; silence elsewhere."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    with Console(stderr=True).status("starting") as status:
        yield status.update
