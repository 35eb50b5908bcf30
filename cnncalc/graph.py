"""The graph that every analysis walks: nodes in execution order, each with its layer and the shape of its output."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from cnncalc.layers.base import Layer, Shape
from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from cnncalc.diagnostics import Problem, Source, Span


class Input(Layer):
    """An input of the network: a value that nobody computes."""

    op: ClassVar[str] = "input"
    arity: ClassVar[int | None] = 0


class WholeInput(Input):
    """An input of whole numbers, which a table has rows for."""

    itemsize: ClassVar[int] = 8
    has_gradient: ClassVar[bool] = False


class Unresolved(Layer):
    """A stage that could not be read: its line has a problem, its numbers are unknown."""

    op: ClassVar[str] = "unresolved"
    arity: ClassVar[int | None] = None
    name: str


class Node(NamedTuple):
    """One application of a layer.

    ``path`` is the module path (``layer1.0.conv1``); a merge, which is no module, is named by its place
    (``layer1.0.add``). Only applications of shared weights have equal paths: ``call`` counts them from 0, and
    ``weights`` is the index of the node that owns the weights (the node's own index for the first).
    ``shape`` is None where the analysis cannot know it; ``assumed`` marks a node downstream of a broken layer, whose
    shape follows from an assumption. ``inputs`` are indices of earlier nodes. ``times`` is how often the value exists:
    0 once per network, else so many times per sample.
    """

    index: int  # type: ignore[assignment]  # hides tuple's method of that name, which nobody calls
    path: str
    layer: Layer
    inputs: tuple[int, ...]
    shape: Shape | None
    span: Span | None
    calls: tuple[Span, ...] = ()
    label: str | None = None
    groups: tuple[str, ...] = ()
    call: int = 0
    weights: int = 0
    problem: Problem | None = None
    assumed: bool = False
    times: int = 1

    def copies(self, batch: int) -> int:
        """How many copies of the value a batch makes: the size of its batch axis."""
        return self.times * batch or 1

    @property
    def read(self) -> tuple[int, ...]:
        """The inputs whose numbers are read; of the others only the size counts."""
        arity = self.layer.arity
        if arity is None or len(self.inputs) <= arity:
            return self.inputs
        named = [place for field, place in self.layer.places().items() if field in self.layer.reads]
        return (*self.inputs[:arity], *(self.inputs[place] for place in named))

    @property
    def is_constant(self) -> bool:
        """Whether the value is the network's own: a parameter, a buffer, a number."""
        return self.layer.arity == 0 and not isinstance(self.layer, Input)

    @property
    def op(self) -> str:
        """The canonical name of the layer; for a stage that could not be read what was written."""
        layer = self.layer
        return layer.op if type(layer) is not Unresolved else layer.name


class Graph(NamedTuple):
    """A network with every shape known: nodes in execution order, the inputs first."""

    name: str
    nodes: tuple[Node, ...]
    outputs: tuple[int, ...]
    source: Source
    problems: tuple[Problem, ...] = ()

    @property
    def inputs(self) -> tuple[Node, ...]:
        """The input nodes."""
        return tuple(node for node in self.nodes if node.op == "input")

    def shapes_into(self, node: Node) -> tuple[Shape, ...] | None:
        """The shapes that enter a node, or None if one of them is unknown."""
        nodes = self.nodes
        shapes = tuple([nodes[i].shape for i in node.inputs])
        return None if None in shapes else shapes  # type: ignore[return-value]

    def consumers(self) -> list[list[int]]:
        """For every node the indices of the nodes that read its output, in execution order."""
        readers: list[list[int]] = [[] for _ in self.nodes]
        for node in self.nodes:
            for index in dict.fromkeys(node.inputs):
                readers[index].append(node.index)
        return readers
