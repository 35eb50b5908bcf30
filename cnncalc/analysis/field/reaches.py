"""What layers read of their inputs, asked once for equal layers on equal shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from cnncalc.diagnostics import ShapeError
from cnncalc.layers.base import GLOBAL

if TYPE_CHECKING:
    from cnncalc.graph import Graph, Node
    from cnncalc.layers.base import Reach, Shape


@final
class Reaches:
    """The reach of every node of one graph."""

    def __init__(self, graph: Graph) -> None:
        """Nobody asked yet."""
        self.graph = graph
        self._known: dict[tuple[int, tuple[Shape, ...]], Reach | None] = {}

    def of(self, node: Node) -> Reach | None:
        """What a layer reads; None where its inputs are unknown or it cannot work on them."""
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

    def of_operand(self, node: Node, reach: Reach, place: int, operands: int) -> Reach:
        """What a layer with the reach ``reach`` reads of one of its operands, of which there are so many."""
        if operands > 1 and reach is GLOBAL:
            return node.layer.reach_of(place, *(self.graph.shapes_into(node) or ()))
        return reach
