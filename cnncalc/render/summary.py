"""The totals that stand below every table, as pairs of a name and a text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.render.columns import mebibytes, number
from cnncalc.text import printable

if TYPE_CHECKING:
    from cnncalc.analysis.result import Analysis


def totals(analysis: Analysis) -> list[tuple[str, str]]:
    """Name and figure, unit included. Sums over a network with unknown layers are marked as at least so much."""
    values = analysis.totals
    least = "" if values.complete else "at least "
    nodes = analysis.graph.nodes
    pairs = [("params", f"{least}{number(values.params)}")]
    if values.buffers:
        pairs.append(("buffers", f"{least}{number(values.buffers)}"))
    pairs += [
        ("MACs", f"{least}{number(values.macs)}"),
        ("FLOPs", f"{least}{number(values.flops)}"),
        ("weights", f"{least}{mebibytes(values.weight_bytes + values.buffer_bytes)} MiB"),
        ("activations", f"{least}{mebibytes(values.activation_bytes)} MiB"),
        ("saved for backward", f"{least}{mebibytes(values.saved_bytes)} MiB"),
        (
            "inference peak",
            f"{least}{mebibytes(values.inference_peak_bytes)} MiB at {nodes[values.inference_peak_at].path}",
        ),
        (
            "training peak",
            f"{least}{mebibytes(values.training_peak_bytes)} MiB at {nodes[values.training_peak_at].path} ({_OPTIMIZERS[analysis.optimizer]})",
        ),
    ]
    return pairs


_OPTIMIZERS = {"sgd": "SGD", "momentum": "SGD with momentum", "adam": "Adam"}


def heading(analysis: Analysis) -> str:
    """Name, input, batch and type."""
    graph = analysis.graph
    inputs = ", ".join(
        (
            "x".join(map(str, node.shape or ()))
            if len(graph.inputs) == 1
            else f"{node.path} {'x'.join(map(str, node.shape or ()))}"
        )
        for node in graph.inputs
    )
    return printable(f"{graph.name}: input {inputs}, batch {analysis.batch}, {analysis.dtype}")
