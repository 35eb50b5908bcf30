"""The roofline model: is a layer limited by arithmetic or by memory, and how fast can it be at best.

Source: Williams, Waterman and Patterson, Roofline: an insightful visual performance model (2009). Estimated: every
value is read or written once per layer, nothing stays in a cache between layers, and arithmetic and transfers overlap.
"""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING, Literal

from cnncalc.analysis.facts import FactBook
from cnncalc.analysis.memory.storages import EVALUATION_IDENTITY
from cnncalc.analysis.prepared import itemsize
from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from cnncalc.analysis.result import Analysis, Row

Bound = Literal["compute", "memory"]


class RooflineRow(NamedTuple):
    """One layer under the roofline, for the whole batch.

    ``moved_bytes``: inputs, output and weights, each once; 0 for a view. ``intensity``: FLOPs per byte (None if nothing
    moves). ``seconds``: the least time. ``bound``: what limits it. All but ``row`` None where the layer is unknown.
    """

    row: Row
    moved_bytes: int | None
    intensity: Fraction | None
    seconds: float | None
    bound: Bound | None


def intensity(flops: int, moved_bytes: int) -> Fraction | None:
    """Arithmetic intensity in FLOPs per byte; None if nothing moves."""
    return Fraction(flops, moved_bytes) if moved_bytes else None


def ridge(peak_flops: float, bandwidth: float) -> float:
    """The intensity, in FLOPs per byte, from which arithmetic is the limit.

    Args:
        peak_flops: FLOPs per second.
        bandwidth: bytes per second.
    """
    return peak_flops / bandwidth


def attainable(peak_flops: float, bandwidth: float, flops_per_byte: float) -> float:
    """The FLOPs per second that a layer of this intensity can reach."""
    return min(peak_flops, bandwidth * flops_per_byte)


def least_seconds(flops: int, moved_bytes: int, peak_flops: float, bandwidth: float) -> float:
    """The time of the arithmetic or of the transfers, whichever is longer."""
    return max(flops / peak_flops, moved_bytes / bandwidth)


def roofline(analysis: Analysis, peak_flops: float, bandwidth: float) -> tuple[RooflineRow, ...]:
    """Every layer under a roofline, in inference.

    Args:
        analysis: the network.
        peak_flops: FLOPs per second that the machine reaches at most.
        bandwidth: bytes per second between processor and memory.
    """
    moved = moved_bytes(analysis)
    return tuple(_row(row, moved[row.node.index], peak_flops, bandwidth) for row in analysis.rows)


def _row(row: Row, moved: int | None, peak_flops: float, bandwidth: float) -> RooflineRow:
    if row.flops is None or moved is None:
        return RooflineRow(row, None, None, None, None)
    arithmetic, transfers = row.flops / peak_flops, moved / bandwidth
    bound: Bound = "compute" if arithmetic >= transfers else "memory"
    return RooflineRow(row, moved, intensity(row.flops, moved), max(arithmetic, transfers), bound)


def moved_bytes(analysis: Analysis) -> list[int | None]:
    """Bytes that every node (by index) reads and writes: inputs, output, weights and buffers; None where unknown."""
    book, number = FactBook(analysis.graph), itemsize(analysis.dtype)
    moved: list[int | None] = []
    for node in analysis.graph.nodes:
        facts = book.of(node)
        if facts is None or node.shape is None:
            moved.append(None)
        elif node.layer.arity == 0 or facts.is_view or node.op in EVALUATION_IDENTITY:
            moved.append(0)
        else:
            values = [*zip(node.inputs, facts.shapes, strict=True), (node.index, node.shape)]
            numbers = sum(analysis.graph.nodes[i].copies(analysis.batch) * prod(shape) for i, shape in values)
            moved.append((numbers + facts.params + facts.buffers) * number)
    return moved
