"""What layers read of their inputs, asked once for equal layers on equal shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from cnncalc.diagnostics import ShapeError
from cnncalc.layers.base import GLOBAL, Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.analysis.facts import Facts
    from cnncalc.graph import Graph, Node
    from cnncalc.layers.base import Reach, Shape


@final
class Reaches:
    """The reach of every node of one graph."""

    def __init__(self, graph: Graph, facts: Sequence[Facts | None] = ()) -> None:
        """Nobody asked yet; of nodes with one and the same facts one is asked."""
        self.graph = graph
        self._facts = facts
        self._by_facts: dict[int, Reach | None] = {}
        self._still: dict[int, bool] = {}
        """By the identity of reaches, which are kept in the other table."""
        self._known: dict[tuple[int, tuple[Shape, ...]], Reach | None] = {}

    def of(self, node: Node) -> Reach | None:
        """What a layer reads; None where its inputs are unknown or it cannot work on them."""
        known = self._facts[node.index] if self._facts else None
        if known is None:
            return self._asked(node)
        try:
            return self._by_facts[id(known)]
        except KeyError:
            reach = self._by_facts[id(known)] = self._asked(node)
            return reach

    def _asked(self, node: Node) -> Reach | None:
        shapes = self.graph.shapes_into(node)
        if shapes is None or node.problem is not None:
            return None
        key = (id(node.layer), shapes)
        if key not in self._known:
            try:
                self._known[key] = node.layer.reach(*shapes)
            except ShapeError:
                self._known[key] = None
        return self._known[key]

    def is_still(self, reach: Reach) -> bool:
        """Whether every place reads itself, of all channels: the convolution of one pixel."""
        known = self._still.get(id(reach))
        if known is None:
            plain = not (reach.globally or reach.order or reach.first or reach.batch)
            known = plain and all(isinstance(axis, Window) and axis[:3] == (1, 1, 0) for axis in reach.axes)
            self._still[id(reach)] = known
        return known

    def of_operand(self, node: Node, reach: Reach, place: int, operands: int) -> Reach:
        """What a layer with the reach ``reach`` reads of one of its operands, of which there are so many."""
        if operands > 1 and reach is GLOBAL:
            return node.layer.reach_of(place, *(self.graph.shapes_into(node) or ()))
        return reach
