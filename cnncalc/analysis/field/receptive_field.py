"""Theoretical receptive fields, exact on general graphs.

The field of a layer is the set of input pixels that one of its outputs can depend on. It is followed forward through the
graph, per spatial axis: windows with dilation, transposed windows, upsampling and adaptive pools by their own index maps,
merges by the union of their paths. Source of the recurrence for plain chains, ``r += (k - 1) d j; j *= s``: Araujo,
Norris and Sim, Computing Receptive Fields of Convolutional Neural Networks (Distill, 2019).

Beside it stands an estimate of the effective field: how far the pixels scatter that matter, when the paths of a merge
contribute by their size (``spread``, ``figures``).

Of several inputs a value counts for the first that it depends on. A value that only gives a size (``crop x``,
``resize x``) is not followed, nor are the indices of an unpooling.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from cnncalc.analysis.field.figures import Figures
from cnncalc.analysis.field.joins import joined
from cnncalc.analysis.field.operands import moved
from cnncalc.analysis.field.pixels import TooFineError
from cnncalc.analysis.field.positions import IDENTITY
from cnncalc.analysis.field.reaches import Reaches
from cnncalc.analysis.field.seen import Seen
from cnncalc.analysis.field.steps import Steps
from cnncalc.layers.base import GLOBAL, POINTWISE
from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.analysis.facts import Facts
    from cnncalc.analysis.result import ReceptiveField
    from cnncalc.graph import Graph, Node
    from cnncalc.layers.base import Reach, Shape


class Walked(NamedTuple):
    """How far a walk has come: what the values so far see, their fields, and how many pieces of sets may still be made."""

    seen: list[Seen | None]
    fields: list[ReceptiveField | None]
    left: int = 0


def receptive_fields(graph: Graph, facts: Sequence[Facts | None] = ()) -> list[ReceptiveField | None]:
    """The field of every node; None where it is unknown, empty where there is no spatial axis or no input.

    ``facts``, where they are known already, save looking for layers that are alike.
    """
    return walked(graph, facts).fields


def walked(
    graph: Graph, facts: Sequence[Facts | None], before: Walked | None = None, until: int | None = None
) -> Walked:
    """The fields of the nodes up to ``until``, those of the first of which are known ``before``."""
    known = Walked([], []) if before is None else before
    walk, figures = _Walk(graph, facts, known.seen, until), Figures()
    found = list(known.fields)
    for node, seen in zip(graph.nodes[len(found) : until], walk.seen[len(found) :], strict=True):
        shape, source = node.shape, node.inputs[0] if node.inputs else 0
        if seen is None or shape is None:
            found.append(None)
        elif seen.source < 0:
            found.append(())
        elif seen is walk.seen[source] and shape == graph.nodes[source].shape and node.inputs:
            found.append(found[source])
        else:
            found.append(figures.of(seen, shape, walk.pixels(seen.source)))
    return Walked(walk.seen, found, walk.steps.budget.left)


def seen_by(graph: Graph) -> list[Seen | None]:
    """For every node the sets of pixels that its outputs see."""
    return _Walk(graph).seen


@final
class _Walk:
    """Follows the fields through the graph, in execution order."""

    def __init__(
        self,
        graph: Graph,
        facts: Sequence[Facts | None] = (),
        seen: Sequence[Seen | None] = (),
        until: int | None = None,
    ) -> None:
        self.graph = graph
        self.steps = Steps()
        self.reaches = Reaches(graph, facts)
        self.seen: list[Seen | None] = list(seen)
        for node in graph.nodes[len(self.seen) : until]:
            self.seen.append(self.see(node))

    def see(self, node: Node) -> Seen | None:
        """What a value sees; None where nobody knows."""
        if node.shape is None:
            return None
        inputs = node.inputs
        if not inputs and node.op == "input":
            axes = len(node.shape) - 1
            return Seen(node.index, (IDENTITY,) * axes, (IDENTITY,) * axes, (0.0,) * axes, (None, *range(axes)))
        reach = self.reaches.of(node)
        if reach is None:
            return None
        if len(inputs) == 1:
            return self.through(reach, self.graph.nodes[inputs[0]].shape, self.seen[inputs[0]], node.shape)
        arity = node.layer.arity
        flowing = inputs if arity is None or len(inputs) <= arity else inputs[:arity]
        read = self.read_whole(node) if len(inputs) > len(flowing) and node.layer.reads else ()
        parts = [(self.graph.nodes[i].shape, self.seen[i]) for i in flowing + read]
        known = [(shape, seen) for shape, seen in parts if shape is not None and seen is not None]
        if len(known) < len(parts):
            return None
        try:
            return self.joined(node, reach, known, len(flowing), node.shape)
        except TooFineError:
            return None

    def through(self, reach: Reach, shape: Shape | None, seen: Seen | None, out: Shape) -> Seen | None:
        """What the output of a layer with one input sees."""
        if shape is None or seen is None or seen.source < 0 or self.is_still(reach, shape, seen, out):
            return seen
        try:
            return moved(self.steps, reach, shape, seen, out, self.pixels(seen.source))
        except TooFineError:
            return None

    def is_still(self, reach: Reach, shape: Shape, seen: Seen, out: Shape) -> bool:
        """Whether the output sees what its only input does: point by point, or pixel by pixel of all channels."""
        if reach is POINTWISE:
            return shape == out
        still = self.reaches.is_still(reach) and len(shape) > 0 and shape[1:] == out[1:]
        return still and seen.dims[0] is None and not seen.folds and None not in seen.views

    def joined(self, node: Node, reach: Reach, operands: list[tuple[Shape, Seen]], flowing: int, out: Shape) -> Seen:
        """Every operand through the layer; the first network input that one of them depends on counts."""
        seeing = [(place, shape, seen) for place, (shape, seen) in enumerate(operands) if seen.source >= 0]
        if not seeing:
            return operands[0][1] if operands else Seen(-1, (), (), (), (None,) * len(out))
        source = min([seen.source for _, _, seen in seeing])
        pixels = self.pixels(source)
        parts = [
            (shape, moved(self.steps, self.operand(node, reach, place, flowing), shape, seen, out, pixels))
            for place, shape, seen in seeing
            if seen.source == source
        ]
        return parts[0][1] if len(parts) == 1 else joined(self.steps, parts, out, pixels)

    def read_whole(self, node: Node) -> tuple[int, ...]:
        """Named values that differ between samples, of which every output reads all."""
        named = [place for field, place in node.layer.places().items() if field in node.layer.reads]
        return tuple(node.inputs[place] for place in named if self.graph.nodes[node.inputs[place]].times)

    def operand(self, node: Node, reach: Reach, place: int, flowing: int) -> Reach:
        """What is read of one operand; of a named value everything."""
        return GLOBAL if place >= flowing else self.reaches.of_operand(node, reach, place, flowing)

    def pixels(self, source: int) -> Shape:
        """The sizes of the axes of an input."""
        return (self.graph.nodes[source].shape or ())[1:]
