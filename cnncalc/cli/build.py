"""``cnncalc build``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cnncalc.cli.options import OneOf, Wanted, output_option, spec_options, write
from cnncalc.diagnostics import UsageError

if TYPE_CHECKING:
    from cnncalc.network.loaded import Network

TARGETS = ("torch", "onnx", "mermaid", "dot")


@click.command("build")
@spec_options(many=False)
@click.option("--emit", type=OneOf(TARGETS), default="torch", show_default=True, help="What to write.")
@click.option(
    "--style",
    type=OneOf(["auto", "blocks", "flat"]),
    default="auto",
    show_default=True,
    help="For torch: blocks as classes, or every layer written out in one class.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="For onnx: seed of the weights.")
@output_option
def command(wanted: Wanted, emit: str, style: str, seed: int, output: str | None) -> int:
    """Compile a spec: into the source of a PyTorch module, an ONNX model, or a picture's text.

    The source needs nothing but torch; its attributes, and so the keys of its state_dict, have the names of the spec. Torch
    need not be installed for torch, mermaid and dot.

    \b
    cnncalc build specs/alexnet.yaml -o alexnet.py
    cnncalc build --emit mermaid specs/lenet5.yaml
    cnncalc build --emit onnx specs/resnet18.yaml -o resnet18.onnx
    """  # noqa: D301 (\b keeps click from joining the lines)
    network = wanted.load(*wanted.one(), strict=True)
    if emit == "onnx":
        _onnx(network, seed, output)
        return 0
    if emit == "torch":
        from cnncalc.codegen import emit as emit_torch

        write(emit_torch(network, style=style), output)
        return 0
    from cnncalc.codegen import pictures

    write(pictures.mermaid(network.graph) if emit == "mermaid" else pictures.dot(network.graph), output)
    return 0


def _onnx(network: Network, seed: int, output: str | None) -> None:
    """ONNX is no text: it goes into a file, or a pipe."""
    from cnncalc.extras import need_torch

    need_torch("build --emit onnx")
    if output is None and sys.stdout.isatty():
        raise UsageError("ONNX is no text for a terminal: give a file, -o net.onnx")
    from cnncalc.runtime.onnx import export

    data = export(network, seed=seed)
    if output is None or output == "-":
        sys.stdout.buffer.write(data)
        return
    try:
        Path(output).write_bytes(data)
    except OSError as error:
        raise UsageError(f"cannot write {output}: {error.strerror}") from None
