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
    found = [(name, f"{least}{show(value)}{where}") for name, value, show, where in figures if values.complete or value]
    return [*found, *_stated(analysis)]


def _stated(analysis: Analysis) -> list[tuple[str, str]]:
    """Which part of the sums is stated, and by which layers."""
    stated = analysis.totals.stated
    parts = [(stated.params, number, "params"), (stated.macs, number, "MACs"), (stated.saved_bytes, bytes_of, "saved")]
    paths = [row.node.path for row in analysis.rows if row.node.layer.stated]
    if not paths:
        return []
    text = ", ".join(f"{show(value)} {name}" for value, show, name in parts if value) or "nothing"
    more = f" and {len(paths) - LISTED} more" if len(paths) > LISTED else ""
    return [("of which stated", f"{text} ({', '.join(paths[:LISTED])}{more})")]


LISTED = 3
"""Layers that are named."""

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
