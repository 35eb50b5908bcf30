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
    from cnncalc.network.expander import Expander
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

    def __init__(self, walk: Expander) -> None:
        """None yet."""
        self._walk = walk
        self._known: dict[tuple[Any, ...], Stamp] = {}

    def key(self, block: Block, parameters: dict[str, Any], value: int | None) -> tuple[Any, ...] | None:
        """What the nodes of a call follow from; None where that is more than can be compared."""
        walk, graph = self._walk, self._walk.graph
        if value is None or block.inline or walk.trace is not None or graph.repeating:
            return None
        node = walk.nodes[value]
        if node.assumed or node.shape is None or node.problem is not None or value in graph.kinds:
            return None
        given = [parameters[parameter.name] for parameter in block.parameters]
        if any([isinstance(one, Reference) for one in given]):
            return None
        return (block.name, repr(given), node.shape, node.times, id(node.layer), node.label is None, walk.problems.callers)

    def before(self, key: tuple[Any, ...], value: int, path: str) -> Stamp:
        """The state in which a block is called."""
        walk = self._walk
        found = len(walk.problems.found) + walk.vocabulary.completions
        return Stamp(key, value, len(walk.nodes), found, value, None, path, len(walk.graph.groups), walk.steps, walk.depth)

    def keep(self, before: Stamp, value: int | None) -> None:
        """Remember a call that has ended, if nothing was wrong and nothing beside it has changed."""
        walk, nodes = self._walk, self._walk.nodes
        found = len(walk.problems.found) + walk.vocabulary.completions
        if value is None or found > before.last:
            return
        made = before._replace(
            last=len(nodes), leaving=value, label=nodes[value].label, steps=walk.steps - before.steps,
            named=nodes[before.entering].label,
        )  # fmt: skip
        self._known.setdefault(before.key, made)

    def again(self, key: tuple[Any, ...], value: int, stage: Call, path: str) -> int | None:
        """The value of a call, if one like it is known; its nodes are appended."""
        walk, known = self._walk, self._known.get(key)
        if known is None or walk.depth > known.depth or len(walk.nodes) + known.last - known.first > walk.graph.most:
            return None
        made = self._copies(known, value, (*walk.problems.calls, stage.span), path)
        if made is None:
            return None
        shift = len(walk.nodes) - known.first
        walk.graph.extend(made, known.first)
        walk.steps += known.steps
        if known.named is not None:
            walk.graph.label(value, known.named)
        return value if known.leaving == known.entering else known.leaving + shift

    def _copies(self, stamp: Stamp, value: int, outer: tuple[Span, ...], path: str) -> list[Node] | None:
        """The nodes under another path; None if one of them has that path already."""
        graph = self._walk.graph
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
