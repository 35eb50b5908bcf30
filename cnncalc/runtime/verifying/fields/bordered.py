"""Fields within the image: which rows reach outputs of layers that know how large their input is.

Rows that a layer before loses at its border are no part of the field here; the analysis says which ones are read.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import torch

from cnncalc.analysis.field.pixels import full, one
from cnncalc.analysis.field.reading import reading
from cnncalc.layers.base import Cyclic, Picked
from cnncalc.record import NamedTuple
from cnncalc.runtime.verifying.fields import marking

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from cnncalc.analysis.field.pixels import Pixels
    from cnncalc.analysis.field.seen import Seen
    from cnncalc.analysis.result import AxisField
    from cnncalc.graph import Graph, Node
    from cnncalc.runtime.steps import Steps

ROWS = 32
"""Rows that are marked at most, without being asked for all."""


class Within(NamedTuple):
    """The rows of the image that an output sees. ``place``: which output on the axis; None stands for all outputs."""

    node: Node
    place: int | None
    first: int
    last: int


def wanted(
    graph: Graph, seen: Sequence[Seen | None], source: Node, axis: int, fields: dict[int, AxisField]
) -> dict[int, list[Within]]:
    """What is claimed about layers whose fields were not measured otherwise, by layer.

    Args:
        graph: the network.
        seen: what its values see.
        source: an input.
        axis: which of its spatial axes.
        fields: what is shown about these layers.
    """
    losing = marking.losing(graph)
    found: dict[int, list[Within]] = {}
    for index, field in fields.items():
        node, views = graph.nodes[index], seen[index]
        if views is None or node.times != 1 or views.folds or index in losing or node.shape is None:
            continue
        claims = _whole(graph, source, axis, node) if field.whole else _local(graph, source, axis, node, views, field)
        if claims:
            found[index] = claims
    return found


def _whole(graph: Graph, source: Node, axis: int, node: Node) -> list[Within]:
    rows = _read(graph, source, axis, node, tuple(full(n) for n in node.shape or ()))
    return [Within(node, None, rows[0], rows[-1])] if rows else []


def _local(graph: Graph, source: Node, axis: int, node: Node, views: Seen, field: AxisField) -> list[Within]:
    """Output 0 and the one at the centre."""
    view, size = views.views[axis], (source.shape or ())[axis + 1]
    if axis not in views.dims or view is None:
        return []
    dim = views.dims.index(axis)
    outputs = (node.shape or ())[dim]
    ends = {0: (field.start, 2 * field.centre - field.start)}
    step = field.start + field.jump * (outputs // 2)
    first = step if view.period == 1 else Fraction(view.at(outputs // 2).first)
    ends[outputs // 2] = (first, first + field.size - 1) if outputs > 1 else ends[0]
    if _goes_round(graph, node.index) and any(a < 0 or b >= size for a, b in ends.values()):
        return []  # what is beyond the border is at the other end
    everything = _read(graph, source, axis, node, tuple(full(n) for n in node.shape or ()))
    found = []
    for place, (low, high) in ends.items():
        sets = tuple(one(place) if d == dim else full(n) for d, n in enumerate(node.shape or ()))
        field_rows = [row for row in range(size) if low <= row <= high]
        if field.coverage == 1:
            rows = [row for row in field_rows if everything[0] <= row <= everything[-1]] if everything else []
        else:
            rows = _read(graph, source, axis, node, sets)
            rows = rows if set(rows) <= set(field_rows) else field_rows
        if rows:
            found.append(Within(node, place, rows[0], rows[-1]))
    return found


def _read(graph: Graph, source: Node, axis: int, node: Node, sets: tuple[Pixels, ...]) -> list[int]:
    """The rows of the input that are read for some of a layer's outputs."""
    read = reading(graph, {node.index: sets})[source.index]
    if not read or not all(part.width for part in read):
        return []
    return [row for first, last in read[axis + 1].stretches() for row in range(first, last + 1)]


def _goes_round(graph: Graph, last: int) -> bool:
    """Whether a layer up to a node shifts an axis round, or takes its places in another order."""
    for node in graph.nodes[: last + 1]:
        shapes = graph.shapes_into(node)
        if shapes and node.layer.arity != 0:
            reach = node.layer.reach(*shapes)
            if any(isinstance(axis, Cyclic | Picked) for axis in (reach.first, *reach.axes)):
                return True
    return False


def affordable(claims: dict[int, list[Within]], size: int, *, thorough: bool) -> dict[int, list[Within]]:
    """Claims that need few rows together: the layers near the end of the network first."""
    kept: dict[int, list[Within]] = {}
    rows: set[int] = set()
    for index in sorted(claims, reverse=True):
        more = rows | _around(claims[index], size)
        if thorough or len(more) <= ROWS:
            kept[index], rows = claims[index], more
    return kept


def _around(claims: Sequence[Within], size: int) -> set[int]:
    """The first and the last row, and those just outside."""
    around = {row for item in claims for row in (item.first - 1, item.first, item.last, item.last + 1)}
    return {row for row in around if 0 <= row < size}


def measure(
    steps: Steps, seen: Sequence[Seen | None], source: Node, axis: int, claims: dict[int, list[Within]]
) -> dict[int, dict[int | None, set[int]]]:
    """Which of the rows that matter reach the outputs that claims are about, by layer and place."""
    size = (source.shape or ())[axis + 1]
    rows = sorted(set().union(*(_around(items, size) for items in claims.values()))) if claims else []
    hits: dict[int, dict[int | None, dict[int, Tensor]]] = {i: {c.place: {} for c in claims[i]} for i in claims}
    waiting = {index: iter(rows) for index in claims}

    def look(node: Node, value: Tensor) -> None:
        views = seen[node.index]
        if node.index not in claims or views is None:
            return
        dim = views.dims.index(axis) if axis in views.dims else None
        for hit in marking.along(value, dim, value.shape[0]):
            row = next(waiting[node.index])
            for place, found in hits[node.index].items():
                found[row] = hit.any() if dim is None else hit if place is None else hit[place]

    if rows:
        marking.run(steps, source.index, axis, rows, look)
    return {i: {place: _reaching(found) for place, found in places.items()} for i, places in hits.items()}


def _reaching(hits: dict[int, Tensor]) -> set[int]:
    """The rows that reach every output which any row reaches: those between the taps of a dilated window see nothing."""
    if not hits:
        return set()
    ever = torch.stack(list(hits.values())).any(dim=0)
    return {row for row, hit in hits.items() if bool(ever.any()) and bool(hit[ever].all())}
