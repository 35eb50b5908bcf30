"""The figures that a row has, of an analysis: for one sample, in float32."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cnncalc.analysis.result import Analysis

WHOLE = "all"
"""A receptive field that reaches everywhere."""


def figures(analysis: Analysis) -> dict[str, Any]:
    """Name of a column to its value; None where it is unknown."""
    totals, nodes = analysis.totals, analysis.graph.nodes
    field, stride = _field(analysis)
    return {
        "input": _sizes(node.shape for node in analysis.graph.inputs),
        "output": _sizes(nodes[index].shape for index in analysis.graph.outputs),
        "params": totals.params,
        "buffers": totals.buffers,
        "macs": totals.macs,
        "flops": totals.flops,
        "weights": totals.weight_bytes,
        "activations": totals.activation_bytes,
        "saved": totals.saved_bytes,
        "inference_peak": totals.inference_peak_bytes,
        "training_peak": totals.training_peak_bytes,
        "rf": field,
        "stride": stride,
        "layers": len(analysis.rows),
        "depth": _depth(analysis),
    }


def _sizes(shapes: Any) -> str:
    return " ".join("x".join(map(str, shape)) if shape else "?" for shape in shapes)


def _depth(analysis: Analysis) -> int:
    """Layers with weights that multiply, on the path that has most of them."""
    own = {row.node.index: bool(row.params and row.macs) for row in analysis.rows}
    longest: dict[int, int] = {}
    for node in analysis.graph.nodes:
        before = max((longest.get(index, 0) for index in node.inputs), default=0)
        longest[node.index] = before + own.get(node.index, False)
    return max((longest[index] for index in analysis.graph.outputs), default=0)


def _field(analysis: Analysis) -> tuple[int | str | None, int | None]:
    """The receptive field and the distance of neighbours where the network last has more than one position.

    Towards the outputs positions are pooled or flattened away; the value before is the last feature map.
    """
    rows = {row.node.index: row for row in analysis.rows}
    waiting, seen, found = list(analysis.graph.outputs), set(), []
    while waiting:
        index = waiting.pop()
        row = rows.get(index)
        if index in seen or row is None:
            continue
        seen.add(index)
        if sum(size > 1 for size in row.node.shape or ()) > 1 or not row.node.inputs:
            found.append(row.receptive_field)
        else:
            waiting += row.node.inputs
    axes = [axis for field in found if field for axis in field]
    if not axes:
        return None, None
    if any(axis.whole for axis in axes):
        return WHOLE, None
    largest = max(axes, key=lambda axis: axis.size)
    return largest.size, int(largest.jump) if largest.jump.denominator == 1 else None
