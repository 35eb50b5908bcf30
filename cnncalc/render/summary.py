"""The totals that stand below every table, as pairs of a name and a text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.render.columns import bytes_of, number
from cnncalc.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnncalc.analysis.result import Analysis


def totals(analysis: Analysis) -> list[tuple[str, str]]:
    """Name and figure, unit included.

    Sums over a network with unknown layers are marked as at least so much; at least nothing is not shown.
    """
    values = analysis.totals
    nodes = analysis.graph.nodes
    optimizer = _OPTIMIZERS[analysis.optimizer]
    inference, training = nodes[values.inference_peak_at].path, nodes[values.training_peak_at].path
    figures: list[tuple[str, int, Callable[[int], str], str]] = [
        ("params", values.params, number, ""),
        *([("buffers", values.buffers, number, "")] if values.buffers else []),
        ("MACs", values.macs, number, ""),
        ("FLOPs", values.flops, number, ""),
        ("weights", values.weight_bytes + values.buffer_bytes, bytes_of, ""),
        ("activations", values.activation_bytes, bytes_of, ""),
        ("saved for backward", values.saved_bytes, bytes_of, ""),
        ("inference peak", values.inference_peak_bytes, bytes_of, f" at {inference}"),
        ("training peak", values.training_peak_bytes, bytes_of, f" at {training} ({optimizer})"),
    ]
    least = "" if values.complete else "at least "
    return [(name, f"{least}{show(value)}{where}") for name, value, show, where in figures if values.complete or value]


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
