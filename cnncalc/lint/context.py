"""What rules may ask about a network: every fact is computed when the first rule wants it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from cnncalc.analysis import analyse, layers
from cnncalc.analysis.field.reading import reading
from cnncalc.analysis.field.receptive_field import seen_by
from cnncalc.layers.base import Scatter, Window
from cnncalc.lint.edits import Editor

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from cnncalc.analysis.field.reading import Read
    from cnncalc.analysis.field.seen import Seen
    from cnncalc.analysis.result import Analysis, ReceptiveField, Row
    from cnncalc.graph import Graph, Node
    from cnncalc.layers.base import Shape
    from cnncalc.spec.model import Spec


class Context:
    """A network under the linter. ``declared`` holds what the spec's ``task`` and the settings say: batch, loss, target..."""

    def __init__(
        self, spec: Spec, graph: Graph, declared: Mapping[str, Any], make: Callable[[int], Graph] | None = None
    ) -> None:
        """``make`` expands the network for another input size."""
        self.spec = spec
        self.graph = graph
        self.declared = declared
        self.make = make
        self._windows: dict[int, tuple[Window, ...]] = {}

    # ------------------------------------------------------------------------------------------ declared

    @property
    def batch(self) -> int | None:
        """The declared batch size."""
        value = self.declared.get("batch")
        return value if isinstance(value, int) and value > 0 else None

    # ------------------------------------------------------------------------------------------ neighbours

    @cached_property
    def readers(self) -> list[list[int]]:
        """By node the nodes that read it."""
        return self.graph.consumers()

    @cached_property
    def outputs(self) -> frozenset[int]:
        """The nodes whose values leave the network."""
        return frozenset(self.graph.outputs)

    def before(self, node: Node) -> Node:
        """The node whose value enters first."""
        return self.graph.nodes[node.inputs[0]]

    def sole_reader(self, node: Node) -> Node | None:
        """The only node that reads this one; None if there are others, or if the value leaves the network."""
        readers = self.readers[node.index]
        return self.graph.nodes[readers[0]] if len(readers) == 1 and node.index not in self.outputs else None

    def source(self, node: Node, through: Collection[str]) -> Node:
        """The node before this one, looking through layers of these kinds that nobody else reads."""
        found = self.before(node)
        while found.op in through and found.inputs and self.sole_reader(found) is not None:
            found = self.before(found)
        return found

    def heads(self, through: Collection[str]) -> Iterator[Node]:
        """The layers that the network's outputs come from, looking through layers of these kinds."""
        for i in self.graph.outputs:
            node = self.graph.nodes[i]
            while node.op in through and len(node.inputs) == 1:
                node = self.before(node)
            yield node

    # ------------------------------------------------------------------------------------------ shapes

    def shape(self, node: Node) -> Shape:
        """Shape of the output; rules only see nodes that have one."""
        return node.shape or ()

    def entering(self, node: Node) -> Shape:
        """Shape of the first input."""
        return self.before(node).shape or ()

    def windows(self, node: Node) -> tuple[Window, ...]:
        """The windows of a layer, one per spatial axis; none if it has others."""
        known = self._windows.get(node.index)
        if known is None:
            axes = node.layer.reach(*(self.graph.shapes_into(node) or ())).axes
            known = self._windows[node.index] = tuple(axis for axis in axes if isinstance(axis, Window))
        return known

    def scatters(self, node: Node) -> tuple[Scatter, ...]:
        """The transposed windows of a layer, one per spatial axis."""
        axes = node.layer.reach(*(self.graph.shapes_into(node) or ())).axes
        return tuple(axis for axis in axes if isinstance(axis, Scatter))

    # ------------------------------------------------------------------------------------------ analyses

    @cached_property
    def analysis(self) -> Analysis:
        """The analysis, for the declared batch."""
        return analyse(self.graph, batch=self.batch or 1)

    @cached_property
    def rows(self) -> dict[int, Row]:
        """The rows of the analysis by node."""
        return {row.node.index: row for row in layers(self.graph, batch=self.batch or 1)}

    def field(self, node: Node) -> ReceptiveField:
        """The receptive field; empty where there is none."""
        row = self.rows.get(node.index)
        return (row.receptive_field if row else None) or ()

    @cached_property
    def seen(self) -> list[Seen | None]:
        """By node the sets of input pixels that its outputs see."""
        return seen_by(self.graph)

    @cached_property
    def reading(self) -> list[Read | None]:
        """By node which positions of its output reach an output of the network."""
        return reading(self.graph)

    @cached_property
    def input_size(self) -> Shape:
        """The spatial size of the first input."""
        inputs = self.graph.inputs
        return (inputs[0].shape or ())[1:] if inputs else ()

    @cached_property
    def fitting_sizes(self) -> tuple[int, ...]:
        """Up to three input sizes around the present one at which no window loses a row of the real input."""
        from cnncalc.analysis.size.fit_sizes import size_fit

        size = self.input_size
        if (
            self.make is None
            or not size
            or len(set(size)) != 1
            or len(self.graph.inputs) != 1
            or len(self.graph.nodes) > MOST
        ):
            return ()
        found: list[int] = []
        for step in range(1, AROUND + 1):
            for candidate in (size[0] - step, size[0] + step):
                if candidate > 0 and len(found) < 3 and size_fit(self.make, candidate).suits():  # noqa: PLR2004 (enough to choose from)
                    found.append(candidate)
        return tuple(sorted(found))

    # ------------------------------------------------------------------------------------------ text

    @cached_property
    def edit(self) -> Editor:
        """Makes edits of the source text."""
        return Editor(self.spec)


AROUND = 16
"""How far from the present input size to look for one that fits."""

MOST = 400
"""In larger networks nobody waits for such a search."""
