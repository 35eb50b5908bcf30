"""Blocks that are called again as they were called before: their nodes are copied, instead of expanded anew.

A block sees nothing but its arguments, the file's parameters and the value that enters. Where all of that is the same, and
nothing was wrong, the same nodes follow, under another path and further on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

from cnncalc.graph import Node
from cnncalc.network.scope import Reference
from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from cnncalc.diagnostics import Span
    from cnncalc.network.nodes import Nodes
    from cnncalc.network.vocabulary import Vocabulary
    from cnncalc.spec.syntax import Block, Call


class Stamp(NamedTuple):
    """One call of a block: what it was called with, and the nodes that it made.

    ``entering`` and ``leaving`` are values; ``named`` and ``label`` are the names that they had when the block ended; ``groups``
    counts those around the call.
    """

    key: tuple[Any, ...]
    entering: int
    first: int
    last: int
    leaving: int
    label: str | None
    path: str
    groups: int
    steps: int
    depth: int
    named: str | None = None


@final
class Stamps:
    """The calls of blocks in one expansion, the first of each kind."""

    def __init__(self, graph: Nodes, vocabulary: Vocabulary) -> None:
        """None yet."""
        self._graph = graph
        self._vocabulary = vocabulary
        self._known: dict[tuple[Any, ...], Stamp] = {}

    def key(self, block: Block, parameters: dict[str, Any], value: int | None) -> tuple[Any, ...] | None:
        """What the nodes of a call follow from; None where that is more than can be compared."""
        graph = self._graph
        if value is None or block.inline or graph.repeating:
            return None
        node = graph.nodes[value]
        if node.assumed or node.shape is None or node.problem is not None or value in graph.kinds:
            return None
        given = [parameters[parameter.name] for parameter in block.parameters]
        if any(isinstance(one, Reference) for one in given):
            return None
        around = graph.problems.callers
        return (block.name, repr(given), node.shape, node.times, id(node.layer), node.label is None, around)

    def before(self, key: tuple[Any, ...], value: int, path: str, depth: int, steps: int) -> Stamp:
        """The state in which a block is called: so deep, after so many steps."""
        graph = self._graph
        return Stamp(
            key, value, len(graph.nodes), self._events(), value, None, path, len(graph.groups), steps, depth
        )  # fmt: skip

    def _events(self) -> int:
        """Counts what must not happen in a block that is copied."""
        return len(self._graph.problems.found) + self._vocabulary.completions

    def keep(self, before: Stamp, value: int | None, steps: int) -> None:
        """Remember a call that has ended, if nothing was wrong."""
        nodes = self._graph.nodes
        if value is None or self._events() > before.last:
            return
        made = before._replace(
            last=len(nodes), leaving=value, label=nodes[value].label, steps=steps - before.steps,
            named=nodes[before.entering].label,
        )  # fmt: skip
        self._known.setdefault(before.key, made)

    def find(self, key: tuple[Any, ...], depth: int) -> Stamp | None:
        """The first call like this one, if it can stand here too."""
        known, graph = self._known.get(key), self._graph
        if known is None or depth > known.depth or len(graph.nodes) + known.last - known.first > graph.most:
            return None
        return known

    def again(self, known: Stamp, value: int, stage: Call, path: str) -> int | None:
        """The value of a call that is like a known one, its nodes appended; None if a path is taken."""
        graph = self._graph
        made = self._copies(known, value, (*graph.problems.calls, stage.span), path)
        if made is None:
            return None
        shift = len(graph.nodes) - known.first
        graph.extend(made, known.first)
        if known.named is not None:
            graph.label(value, known.named)
        return value if known.leaving == known.entering else known.leaving + shift

    def _copies(self, stamp: Stamp, value: int, outer: tuple[Span, ...], path: str) -> list[Node] | None:
        """The nodes under another path; None if one of them has that path already."""
        graph = self._graph
        first, cut, depth = stamp.first, len(stamp.path), len(outer)
        shift = len(graph.nodes) - first
        calls: tuple[Span, ...] | None = None
        within = outer
        groups = graph.groups
        made = []
        make = Node._make
        for old in graph.nodes[first : stamp.last]:
            if old.calls is not calls:
                calls = old.calls
                within = outer + calls[depth:]
            at = path + old.path[cut:]
            if graph.is_taken(at):
                return None
            made.append(make((
                old.index + shift, at, old.layer, tuple([i + shift if i >= first else value for i in old.inputs]),
                old.shape, old.span, within, stamp.label if old.index == stamp.leaving else old.label,
                groups + old.groups[stamp.groups:], old.call, old.weights + shift, None, False, old.times,
            )))  # fmt: skip
        return made
