"""The same layers on a longer input: so long that what an output in the middle sees ends before any border.

Convolutions, pools and all else that slides do not know how large their input is; what does (a linear layer behind a
flatten, a resize to a stated size) ends the network here, and all that follows it. The other axes are made short.
"""

from __future__ import annotations

from math import lcm
from typing import TYPE_CHECKING

from cnncalc.analysis.field.receptive_field import seen_by
from cnncalc.analysis.field.seen import Seen
from cnncalc.diagnostics import ShapeError
from cnncalc.graph import Graph, Node
from cnncalc.layers.unpool import Unpool
from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cnncalc.analysis.field.positions import View
    from cnncalc.layers.base import Shape

LONGEST = 1 << 17
"""Rows of an input at most; fields that need more are not measured."""

MOST_PHASES = 1 << 13
"""Rows, after which the pattern comes again, at most."""

NARROW = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128)
"""Sizes that are tried for the other axes."""


class Longer(NamedTuple):
    """A network on a longer input.

    ``graph``: its nodes that take that input; ``now``: their indices by those in the network; ``source`` and ``axis``: the
    input and which of its spatial axes is long; ``period``: rows after which everything comes again; ``first``: the row at
    which marks begin, far from all borders; ``fields``: by index in the network, the nodes whose field is what it was.
    """

    graph: Graph
    now: dict[int, int]
    source: int
    axis: int
    period: int
    first: int
    fields: dict[int, View | None]
    seen: list[Seen | None]


def longer(graph: Graph, seen: Sequence[Seen | None], source: Node, axis: int) -> Longer | None:
    """The longest network behind an input that does not know the size of an axis.

    Args:
        graph: the network.
        seen: what its values see.
        source: the input that becomes longer.
        axis: which of its spatial axes, from 0.

    Returns:
        None if nothing of it can be measured so.
    """
    views = _views(graph, seen, source, axis)
    period = 1
    for view, _ in sorted(views, key=lambda pair: pair[0].shift):
        if view.shift and lcm(period, view.shift) <= MOST_PHASES:
            period = lcm(period, view.shift)
    views = [(view, size) for view, size in views if view.shift and period % view.shift == 0]
    phases = [(view, size, view.phases[o]) for view, size in views for o in range(view.period)]
    first = -(-max((phase.last for _, _, phase in phases), default=0) // period) * period + period
    more = max((first + 2 * period + phase.width - view.at(size - 1).last for view, size, phase in phases), default=0)
    size = (source.shape or ())[axis + 1]
    if first + more > LONGEST:
        return None
    needed = size + max(more, 0)
    made = _narrowest(graph, source, axis, _sizes(graph, source, axis, needed, period), period)
    if made is None:
        return None
    long, now = made
    after = seen_by(long)
    fields = {
        index: view
        for index, place in now.items()
        if _measurable(graph.nodes[index], seen[index], source.index) and long.nodes[place].times == 1
        for view in [_same(seen[index], after[place], axis, period)]
        if view is not _OTHER
    }
    return Longer(long, now, source.index, axis, period, first, fields, after)  # type: ignore[arg-type]


def _views(graph: Graph, seen: Sequence[Seen | None], source: Node, axis: int) -> list[tuple[View, int]]:
    """What is seen on an axis, along all paths and along the shortest, and how many outputs see it."""
    found: dict[tuple[View, int], None] = {}
    for node, known in zip(graph.nodes, seen, strict=True):
        if known is None or known.source != source.index or axis not in known.dims or node.shape is None:
            continue
        for view in (known.views[axis], known.shortest[axis]):
            if view is not None and view.period <= MOST_PHASES:
                found[view, node.shape[known.dims.index(axis)]] = None
    return list(found)


def only(long: Longer, wanted: Iterable[int]) -> Longer:
    """What some layers depend on."""
    needed: set[int] = set()
    waiting = [long.now[index] for index in wanted]
    while waiting:
        place = waiting.pop()
        if place not in needed:
            needed.add(place)
            node = long.graph.nodes[place]
            waiting += [*node.inputs, node.weights]
    needed |= {node.index for node in long.graph.inputs}
    places = {place: i for i, place in enumerate(sorted(needed))}
    kept = [long.graph.nodes[place] for place in places]
    graph = _numbered(long.graph, kept, places)
    now = {index: places[place] for index, place in long.now.items() if place in places}
    fields = {index: view for index, view in long.fields.items() if index in now}
    return long._replace(graph=graph, now=now, fields=fields, seen=[long.seen[place] for place in places])


def _numbered(graph: Graph, nodes: Iterable[Node], places: Mapping[int, int]) -> Graph:
    """Some nodes of a graph with indices of their own."""
    own = [
        node._replace(
            index=places[node.index], inputs=tuple(places[i] for i in node.inputs), weights=places[node.weights]
        )
        for node in nodes
    ]
    read = {i for node in own for i in node.inputs}
    return graph._replace(nodes=tuple(own), outputs=tuple(node.index for node in own if node.index not in read))


_OTHER = object()


def _measurable(node: Node, seen: Seen | None, source: int) -> bool:
    """Whether a value belongs to this input, exists once per sample, and is no copy in the batch."""
    return seen is not None and seen.source == source and node.op != "input" and node.times == 1 and not seen.folds


def _same(before: Seen | None, after: Seen | None, axis: int, period: int) -> object:
    """What is seen on the axis, if the longer input has not changed it; else a mark of its own."""
    if before is None or after is None or before.dims != after.dims or after.folds:
        return _OTHER
    view, now = before.views[axis], after.views[axis]
    if view != now or (view is not None and (axis not in before.dims or not view.shift or period % view.shift)):
        return _OTHER
    return view


def _sizes(graph: Graph, source: Node, axis: int, needed: int, period: int) -> dict[int, int]:
    """The size of the axis for every input that has it: equal ones stay equal, others keep their ratio."""
    own = {node.index: (node.shape or ())[axis + 1] for node in graph.inputs if len(node.shape or ()) > axis + 1}
    size = own[source.index]
    if all(other == size for other in own.values()):
        more = -(-max(needed - size, 0) // period) * period
        return dict.fromkeys(own, size + more)
    times = -(-needed // size)
    times += -(times - 1) % period
    return {index: n * times for index, n in own.items()}


def _narrowest(
    graph: Graph, source: Node, axis: int, sizes: Mapping[int, int], period: int
) -> tuple[Graph, dict[int, int]] | None:
    """Every node that takes the longer input, with other axes as short as they can be."""

    def made(narrow: int | None) -> tuple[Graph, dict[int, int]]:
        shapes = {}
        for node in graph.inputs:
            whole = list(node.shape or ())
            for place in range(1, len(whole)):
                if place == axis + 1:
                    whole[place] = sizes[node.index]
                elif narrow is not None:
                    whole[place] = min(narrow, whole[place])
            shapes[node.index] = tuple(whole)
        return resized(graph, shapes)

    widest = made(None)
    if len(widest[1]) <= len(graph.inputs):
        return None
    others = [n for place, n in enumerate(source.shape or ()) if place not in (0, axis + 1)]
    for narrow in _narrow(max(others, default=1), period):
        found = made(narrow)
        if len(found[1]) == len(widest[1]):
            return found
    return widest


def _narrow(size: int, period: int) -> Iterator[int]:
    """Smaller sizes for an axis: small ones, then some that leave what the size leaves when it is divided by the period."""
    yield from (n for n in NARROW if n < size)
    last = NARROW[-1]
    for n in range(size % period, size, period):
        if n >= last * 9 // 8:
            yield n
            last = n


def resized(graph: Graph, shapes: Mapping[int, Shape]) -> tuple[Graph, dict[int, int]]:
    """The nodes of a network that take inputs of other sizes with the weights that they have, and their new indices."""
    nodes: list[Node] = []
    now: dict[int, int] = {}
    for node in graph.nodes:
        shape, times = node.shape, node.times
        if node.index in shapes:
            shape = shapes[node.index]
        else:
            if any(i not in now for i in (*node.inputs, node.weights) if i != node.index):
                continue
            entering = [nodes[now[i]] for i in node.inputs]
            bound = _bound(node, entering, nodes)
            found = _taken(graph, bound, entering)
            if found is None:
                continue
            node, (shape, times) = bound, found  # noqa: PLW2901 (the same node on what enters now)
        now[node.index] = len(nodes)
        nodes.append(node._replace(shape=shape, times=times))
    return _numbered(graph, nodes, now), now


def _bound(node: Node, entering: Sequence[Node], nodes: Sequence[Node]) -> Node:
    """An unpooling gives the size that entered its pool, which has another size now."""
    if not isinstance(node.layer, Unpool):
        return node
    size = (nodes[entering[1].inputs[0]].shape or ())[1:]
    return node._replace(layer=node.layer.model_copy(update={"size": size}))


def _taken(graph: Graph, node: Node, entering: Sequence[Node]) -> tuple[Shape, int] | None:
    """Size and times of a node's output, if it takes what enters with the tensors that it has."""
    before = graph.shapes_into(node)
    if before is None or node.problem is not None or node.shape is None:
        return None
    shapes = tuple(value.shape or () for value in entering)
    try:
        shape = node.layer.infer(*shapes)
        times = node.layer.often(tuple(value.times for value in entering), *shapes)
        same = node.layer.params(*shapes) == node.layer.params(*before) and _same_module(node, shapes, before)
    except ShapeError:
        return None
    return (shape, times) if same else None


def _same_module(node: Node, shapes: tuple[Shape, ...], before: tuple[Shape, ...]) -> bool:
    """Whether the module that was built is the one for other shapes too. Expressions are written anew."""
    if isinstance(node.layer, Unpool):
        return True
    made, now = node.layer.torch(*before), node.layer.torch(*shapes)
    return made.kind == now.kind and (made.kind == "expression" or made == now)
