"""The receptive fields that are shown, held against what the layers of the module see."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING, Any

from cnncalc.analysis.field.receptive_field import seen_by
from cnncalc.record import NamedTuple
from cnncalc.runtime.steps import Steps
from cnncalc.runtime.verifying.fields import marking, merges, scatter
from cnncalc.runtime.verifying.fields.figures import Seen, moved, repeats, rows_wanted, seen_from
from cnncalc.runtime.verifying.fields.longer import Longer, longer, only

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from torch import Tensor, nn

    from cnncalc.analysis.field.positions import View
    from cnncalc.graph import Graph, Node

CHEAP = 4_000_000_000
"""Multiply-accumulates that are spent on one axis without being asked, so that every row of a period is marked."""

DEAR = 60_000_000_000
"""The same, for the rows that are needed at least. A larger network may take as long as a few passes through it."""

PASSES = 16
"""How many."""

FLOAT64 = 8
"""What an operation in float64 costs, with its share of the time that is left."""

MANY = (1 << 13, 64, 8, 2)
"""Outputs after which a pattern comes again, at most, if all cannot be afforded."""

EVERY = range(0)
"""Stands for all outputs of an axis."""

SOME = range(0, 0, 2)
"""Stands for outputs of a value in which the axis is not to be found again: some of them, not all."""


class Measured(NamedTuple):
    """What is known of one layer on one axis of an input.

    ``seen``: as measured, None if it is not; ``shortest``: the size along the shortest path; ``effective``: the width of
    the rows that matter; ``together``: whether it is what all outputs see together, not each of them.
    """

    seen: Seen | None
    shortest: int | None
    effective: float | None = None
    together: bool = False


class Fields:
    """Measures the fields of every layer, axis by axis."""

    def __init__(self, graph: Graph, module: nn.Module, *, thorough: bool) -> None:
        """The module is in evaluation and in float32; ``thorough``: whatever it costs."""
        self.graph, self.module, self.thorough = graph, module, thorough
        self.seen = seen_by(graph)

    def axis(self, source: Node, axis: int) -> dict[int, Measured]:
        """What the layers behind an input see on one of its spatial axes, by node; layers that could not be measured lack."""
        if any(node.layer.stated or node.layer.unknown for node in self.graph.nodes):
            return {}  # nobody knows what such a layer gives of a longer input
        long = longer(self.graph, self.seen, source, axis)
        if long is None:
            return {}
        losing = marking.losing(long.graph)
        fields = {index: view for index, view in long.fields.items() if long.now[index] not in losing}
        chosen = self._rows(long, fields) if fields else None
        if chosen is None or not chosen[1]:
            return {}
        long, fields, views, rows = chosen
        again = repeats(views, rows)
        steps = marking.carrying(Steps(long.graph, self.module))
        reached = _reached(steps, long, fields, rows, again)
        short = [index for index in fields if self._has_shorter(index, axis)]
        paths = _reached(merges.shortest(steps, long), long, dict.fromkeys(short), rows, again) if short else {}
        wide = self._effective(
            long, fields.keys() - marking.placed(self.graph) - marking.narrow(self.graph, scatter.CHANNELS)
        )
        found, rolled = {}, marking.rolled(self.graph)
        for index, known in reached.items():
            seen = self._seen(long, index, known, source)
            along = self._seen(long, index, paths[index], source, short=True) if index in paths else seen
            shortest = along.size if along and index not in rolled else None
            together = any(outputs is SOME for outputs in known.values())
            found[index] = Measured(seen, shortest, wide.get(index), together)
        return found

    def _effective(self, long: Longer, wanted: Iterable[int]) -> dict[int, float]:
        """Effective fields, as far as they can be afforded."""
        part = only(long, wanted)
        most = max(DEAR, PASSES * _work(self.graph)) // (FLOAT64 * max(_work(part.graph), 1))
        if most < scatter.FEWEST or len(part.now) <= len(part.graph.inputs):
            return {}
        self.module.double()
        found = scatter.widths(Steps(part.graph, self.module), part, wanted, most)
        self.module.float()
        return found

    def _rows(
        self, long: Longer, fields: dict[int, View | None]
    ) -> tuple[Longer, dict[int, View | None], list[View], Sequence[int]] | None:
        """Which layers are measured and on what, what is to be told apart, and which rows of a period are marked for it.

        None if that costs too much. Patterns of many outputs need many rows: they are left out first.
        """
        usual = _work(self.graph)
        for most in (*MANY, 1):
            few = {i: view for i, view in fields.items() if view is None or view.period <= most}
            part = only(long, few)
            one = _work(part.graph)
            if self.thorough or one * part.period <= max(CHEAP, usual):
                return part, few, self._views(few, long.axis), range(long.period)
            views = [view for view in self._views(few, long.axis) if view.period <= most]
            rows = rows_wanted(views, long.period)
            if one * len(rows) <= max(DEAR, PASSES * usual):
                return part, few, views, rows
        return None

    def _views(self, fields: Iterable[int], axis: int) -> list[View]:
        """What is to be told apart: what layers see, and what they see along their shortest paths."""
        known = [views for index in fields if (views := self.seen[index]) is not None]
        both = (view for views in known for view in (views.views[axis], views.shortest[axis]))
        return [view for view in dict.fromkeys(both) if view is not None]

    def _has_shorter(self, index: int, axis: int) -> bool:
        known = self.seen[index]
        return known is not None and known.shortest[axis] != known.views[axis]

    def _seen(
        self, long: Longer, index: int, known: dict[int, Sequence[int]], source: Node, *, short: bool = False
    ) -> Seen | None:
        if known and all(outputs is EVERY or outputs is SOME for outputs in known.values()):
            return whole((source.shape or ())[long.axis + 1])
        by = None if any(isinstance(outputs, range) for outputs in known.values()) else moved(known, long.period)
        if by is None or by == "whole" or by < 0:
            return None
        views = self.seen[index]
        if views is None:
            return None
        view = (views.shortest if short else views.views)[long.axis]
        outputs = (self.graph.nodes[index].shape or ())[views.dims.index(long.axis)]
        return seen_from(known, by, long.period, long.first, outputs, view.period if view else 1)


def whole(size: int) -> Seen:
    """Every output sees all rows."""
    none, all_of_it = Fraction(0), Fraction(1)
    return Seen(size, none, none, Fraction(size - 1, 2), all_of_it, size, size)


def _work(graph: Graph) -> int:
    """Operations for one image, roughly: multiply-accumulates, and a few for every number that is made."""
    total = 0
    for node in graph.nodes:
        shapes = graph.shapes_into(node)
        if node.layer.arity == 0 or shapes is None:
            continue
        total += max(node.times, 1) * (node.layer.cost(*shapes).get("mac", 0) + 8 * prod(node.shape or ()))
    return total


def _reached(
    steps: Steps, long: Longer, wanted: dict[int, Any], rows: Sequence[int], again: Sequence[int]
) -> dict[int, dict[int, Sequence[int]]]:
    """For every layer, and every marked row counted from the first, the outputs that it reaches."""
    marked = [*rows, *(row + long.period for row in again)]
    before = {now: index for index, now in long.now.items()}
    reached: dict[int, dict[int, Sequence[int]]] = {index: {} for index in wanted}
    waiting = {index: iter(marked) for index in wanted}

    def look(node: Node, value: Tensor) -> None:
        index = before[node.index]
        if index not in reached:
            return
        views = long.seen[node.index]
        place = views.dims.index(long.axis) if views and long.axis in views.dims else None
        for hit in marking.along(value, place, value.shape[0]):
            row = next(waiting[index])
            reached[index][row] = EVERY if bool(hit.all()) else hit.nonzero().flatten().tolist()
            if place is None and reached[index][row]:
                reached[index][row] = SOME

    marking.run(steps, long.now[long.source], long.axis, [long.first + row for row in marked], look)
    return reached
