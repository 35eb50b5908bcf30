"""The nodes of the graph as it grows: shapes inferred, weights shared or refused, broken layers kept.

A problem never ends the expansion: the broken node stands in the graph, and what follows it is computed from the layer's own
assumption or stays unknown.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, final

from cnncalc.diagnostics import Note, ShapeError
from cnncalc.graph import Node, Unresolved, WholeInput
from cnncalc.layers.base import shown
from cnncalc.network import limits
from cnncalc.network.kinds import check_kinds, kind_of
from cnncalc.spec.expression import ExpressionError, UnknownSizeError
from cnncalc.spec.syntax import Call

if TYPE_CHECKING:
    from cnncalc.diagnostics import Span
    from cnncalc.layers.base import Layer, Shape
    from cnncalc.network.binding import Binding
    from cnncalc.network.problems import Problems
    from cnncalc.spec.syntax import Stage

    Inferred = tuple[Shape | None, int, ShapeError | None]


@final
class Nodes:
    """Appends nodes. Equal layers with equal inputs are asked for their output once."""

    def __init__(self, problems: Problems) -> None:
        """No nodes yet."""
        self.problems = problems
        self.nodes: list[Node] = []
        self.groups: tuple[str, ...] = ()
        self.repeating = False
        """Whether layers stand for weights that were made before."""
        self.most = limits.most_nodes(problems.source.text)
        self.kinds: dict[int, int] = {}
        """Values that are whole numbers or truth values."""
        self._owners: dict[str, int] = {}
        self._uses: dict[str, int] = {}
        self._inferred: dict[Any, Inferred] = {}

    def label(self, value: int, name: str) -> None:
        """Give a value a name, unless it has one."""
        if self.nodes[value].label is None:
            self.nodes[value] = self.nodes[value]._replace(label=name)

    def apply(self, layer: Layer, inputs: tuple[int, ...], path: str, span: Span, binding: Binding) -> int:
        """Append the node of one application of a layer; gives its index.

        Raises:
            TooLargeError: there are as many nodes as may be.
        """
        index = len(self.nodes)
        if index >= self.most:
            self.problems.too_large(f"the network has more than {self.most:,} layers", span)
        entering = [self.nodes[i] for i in inputs]
        assumed = True in [node.assumed or node.problem is not None for node in entering]
        shape, times, error = self.infer(layer, inputs, entering)
        owner, call = self._owners.get(path), self._uses.get(path, 0)
        node = Node(
            index, path, layer, inputs, shape, span, self.problems.calls, None, self.groups,
            call, index if owner is None else owner, None, assumed, times,
        )  # fmt: skip
        if error is not None:
            node = self.broken(node, error, binding)
        self._uses[path] = call + 1
        if owner is None:
            self._owners[path] = index
        elif node.problem is None:
            node = self.check_shared(node, self.nodes[owner])
        self.nodes.append(node)
        return index

    def is_taken(self, path: str) -> bool:
        """Whether a node has this path."""
        return path in self._uses

    def extend(self, copies: list[Node], first: int) -> None:
        """Append nodes that are equal to those from ``first`` on but for their place in the graph."""
        shift = len(self.nodes) - first
        kinds = self.kinds
        for node in copies:
            self._uses[node.path] = node.call + 1
            self._owners[node.path] = node.weights
            if kinds and node.index - shift in kinds:
                kinds[node.index] = kinds[node.index - shift]
        self.nodes.extend(copies)

    # ------------------------------------------------------------------------------------------ shapes

    def infer(self, layer: Layer, inputs: tuple[int, ...], entering: list[Node]) -> Inferred:
        """The shape of the next node, how often its value exists, and why there is none."""
        shapes = tuple([node.shape for node in entering])
        if None in shapes:
            return None, 1, None
        times = tuple([node.times for node in entering])
        kinds = tuple([self.kinds.get(i, 0) for i in inputs[: layer.arity]]) if self.kinds else ()
        key = (id(layer), shapes, times, kinds)
        known = self._inferred.get(key)
        if known is None:
            try:
                known = (*_inferred(layer, shapes, times), None)  # type: ignore[arg-type]  # none of them is None
                if any(kinds) or layer.takes_indices or layer.op == "where":
                    tables = any(isinstance(node.layer, WholeInput) for node in entering)
                    check_kinds(layer, kinds or (0,) * len(inputs), tables=tables)
            except ShapeError as error:
                return None, max(times, default=0), error
            self._inferred[key] = known
        kind = kind_of(layer, kinds)
        if kind:
            self.kinds[len(self.nodes)] = kind
        return known

    def broken(self, node: Node, error: ShapeError, binding: Binding) -> Node:
        """The node of a layer that cannot work here; what follows from a broken one is not told."""
        place = binding.places.get(error.argument or "", node.span)
        problem = self.problems.make(error.message, place, error.hint)
        if not node.assumed:
            self.problems.found.append(problem)
        empty = error.assume is not None and 0 in error.assume
        return node._replace(shape=None if empty else error.assume, problem=problem)

    def unresolved(self, stage: Stage, value: int | None, error: ExpressionError, path: str) -> int:
        """A node for a stage that could not be read, so that the rows after it still appear."""
        assumed = isinstance(error, UnknownSizeError)
        problem = self.problems.make(error.message, error.span or stage.span, error.hint)
        if not assumed:
            self.problems.found.append(problem)
        op = stage.name if isinstance(stage, Call) else type(stage).__name__.lower()
        index = len(self.nodes)
        self.nodes.append(
            Node(index, path, Unresolved(name=op), () if value is None else (value,), None, stage.span,
                 self.problems.calls, None, self.groups, 0, index, problem, assumed)
        )  # fmt: skip
        return index

    # ------------------------------------------------------------------------------------------ shared weights

    def check_shared(self, node: Node, first: Node) -> Node:
        """One set of weights, or one name, must not stand for different weights."""
        if not self.repeating:
            problem = self.problems.make(
                f"the name '{node.path}' is given to two modules", node.span, "rename one, or put them into a block"
            )
            problem = problem._replace(notes=(Note("the first is here", first.span), *problem.notes))
        elif self.differ(first, node):
            problem = self.problems.make(self.unfit(first, node), node.span)
        else:
            return node
        self.problems.found.append(problem)
        return node._replace(problem=problem)

    def differ(self, first: Node, node: Node) -> bool:
        """Whether two applications of shared weights need other weights; nobody can say so of unknown sizes."""
        wanted = []
        for one in (first, node):
            shapes = [self.nodes[i].shape for i in one.inputs]
            if None in shapes or one.problem is not None:
                return False
            wanted.append(one.layer.params(*shapes))  # type: ignore[arg-type]  # none of them is None
        return wanted[0] != wanted[1]

    def unfit(self, first: Node, node: Node) -> str:
        """Why one set of weights cannot serve two places."""
        before, here = self.entering(first), self.entering(node)
        if before != here:
            return f"shared weights of '{node.path}' fit different inputs: {before} first, {here} here"
        return f"shared weights of '{node.path}' fit different layers: the arguments here are others than in the first"

    def entering(self, node: Node) -> str:
        """The sizes that enter a node, as text."""
        return ", ".join("?" if (shape := self.nodes[i].shape) is None else shown(shape) for i in node.inputs)


def _inferred(layer: Layer, shapes: tuple[Shape, ...], times: tuple[int, ...]) -> tuple[Shape, int]:
    """The shape of an output, and how often it exists.

    Raises:
        ShapeError: the layer cannot work on these inputs, or gives more than a value may hold.
    """
    if () in shapes:
        _check_single_numbers(layer, shapes)
    shape = layer.infer(*shapes)
    often = layer.often(times, *shapes)
    if prod(shape) > limits.ELEMENTS:
        raise ShapeError(f"the output {shown(shape)} has more than 2^48 numbers")
    return shape, often


def _check_single_numbers(layer: Layer, shapes: tuple[Shape, ...]) -> None:
    """Refuse a single number where a layer looks for axes.

    Raises:
        ShapeError: the layer has to look at an axis.
    """
    try:
        layer.infer(*shapes)
        layer.params(*shapes)
        layer.cost(*shapes)
        layer.reach(*shapes)
    except (IndexError, ValueError):
        raise ShapeError(
            f"{layer.op} needs a value with axes; a single number enters", hint="give the learned value a size"
        ) from None
