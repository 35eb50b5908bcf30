"""``cnncalc verify``."""

from __future__ import annotations

import click

from cnncalc.cli.options import OneOf, Wanted, output_option, spec_options, write


@click.command("verify")
@spec_options(many=False)
@click.option("--batch", type=click.IntRange(min=1), default=2, show_default=True, help="Samples per batch.")
@click.option(
    "--dtype",
    type=OneOf(["float32", "float64", "bfloat16", "autocast"]),
    default="float32",
    show_default=True,
    help="Type of all numbers; autocast: float32 with products in bfloat16.",
)
@click.option("--all", "every", is_flag=True, help="Show every claim, layer by layer, not only those that fail.")
@click.option("--full", is_flag=True, help="Measure every receptive field on every row, whatever it costs.")
@click.option(
    "--format",
    "format_",
    type=OneOf(["plain", "markdown", "json"]),
    default="plain",
    show_default=True,
    help="Of the table.",
)
@output_option
def command(wanted: Wanted, batch: int, dtype: str, every: bool, full: bool, format_: str, output: str | None) -> int:  # noqa: FBT001 (click's flags)
    """Hold every number of the analysis against the PyTorch module that is built from the spec.

    Layer by layer: output size, copies and bytes, exact fraction and lost rows, parameters, buffers, MACs (torch's counter)
    and other operations, bytes kept for the backward pass (hooks on saved tensors), receptive field (which outputs a
    marked row of the input reaches). For the network: sums, and the peaks of memory in inference and training.
    Exit code 1 if a claim does not hold. Needs torch.

    \b
    cnncalc verify specs/alexnet.yaml
    cnncalc verify -e "3x32x32 | conv 8 3 | bn | relu" --all
    """  # noqa: D301 (\b keeps click from joining the lines)
    from cnncalc.extras import need_torch

    need_torch("verify")
    network = wanted.load(*wanted.one(), strict=True)
    from cnncalc.render.verification import render
    from cnncalc.runtime.verify import verify

    found = verify(network, batch=batch, dtype=dtype, full=full)
    write(render(found, format_, every=every), output)
    return 0 if found.holds else 1
