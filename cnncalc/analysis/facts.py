"""The facts of layers that several analyses need, computed once for equal layers on equal shapes."""

from __future__ import annotations

from math import prod
from typing import Any

from cnncalc.diagnostics import ShapeError
from cnncalc.graph import Graph, Node, Unresolved
from cnncalc.layers.base import NOTHING, Cost, Fit, Layer, Param, Run, Saved, Shape
from cnncalc.record import NamedTuple


class Facts(NamedTuple):
    """What a layer says about itself on given shapes: its tensors and their numbers, cost and fits for one copy."""

    shapes: tuple[Shape, ...]
    tensors: tuple[Param, ...]
    params: int
    buffers: int
    cost: Cost
    fits: tuple[Fit, ...]
    is_view: bool


class FactBook:
    """Answers about the layers of one graph, remembered by layer and shapes: a layer that is repeated is asked once.

    Layers are told apart by identity, which the expansion keeps for equal stages.
    """

    def __init__(self, graph: Graph) -> None:
        """Ask nothing yet."""
        self._graph = graph
        self._facts: dict[tuple[int, tuple[Shape | None, ...]], Facts | None] = {}
        self._saved: dict[Any, Saved] = {}

    def of(self, node: Node) -> Facts | None:
        """The facts of a node; None if it is broken or a shape is unknown. Equal ones are the same object."""
        if node.shape is None or node.problem is not None:
            return None
        nodes = self._graph.nodes
        shapes = tuple([nodes[i].shape for i in node.inputs])
        key = (id(node.layer), shapes)
        try:
            return self._facts[key]
        except KeyError:
            self._facts[key] = _ask(node.layer, shapes)
            return self._facts[key]

    def saved(self, node: Node, facts: Facts, run: Run, needs: tuple[bool, ...]) -> Saved:
        """What autograd keeps for a node under these conditions; ``run.batch`` is of samples."""
        copies, inputs = run.batch if node.times == 1 else node.copies(run.batch), node.inputs
        once = tuple([not self._graph.nodes[i].times for i in inputs]) if len(inputs) > 1 else ()
        key = (id(facts), needs, run.itemsize, copies, once)
        known = self._saved.get(key)
        if known is None:
            asked = facts.params or any(needs)
            own = run._replace(needs=needs, batch=copies, once=once)
            known = self._saved[key] = node.layer.saved(own, *facts.shapes) if asked else NOTHING
        return known


def _ask(layer: Layer, entering: tuple[Shape | None, ...]) -> Facts | None:
    shapes = tuple([shape for shape in entering if shape is not None])
    if len(shapes) < len(entering) or isinstance(layer, Unresolved):
        return None
    try:
        tensors = layer.params(*shapes)
        cost, fits, is_view = layer.cost(*shapes), layer.fits(*shapes), layer.is_view(*shapes)
    except ShapeError:
        return None
    buffers = sum(prod(tensor.shape) for tensor in tensors if tensor.buffer)
    params = sum(prod(tensor.shape) for tensor in tensors) - buffers
    return Facts(shapes, tensors, params, buffers, cost, fits, is_view)
