"""Old and new put together: the nodes around an exchanged part moved to their new places, and all that is known of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.diagnostics import Span
from cnncalc.graph import Node
from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from cnncalc.session.known import Known


class Cut(NamedTuple):
    """Nodes ``first`` to ``last`` (exclusive) have become so many as before and ``more``; the text behind ``end`` is ``moved``."""

    first: int
    last: int
    more: int
    end: int
    moved: int


def is_clean(known: Known, first: int, last: int) -> bool:
    """Whether one value enters a part and one leaves it, and nothing passes by; both lie in storages of their own."""
    far, outputs = known.far, known.network.graph.outputs
    if first < 2 or last >= len(far) or not (known.own[first - 1] and known.own[last - 1]):  # noqa: PLR2004 (an input and a layer)
        return False
    passing = max(far[: first - 1]) >= first or far[first - 1] >= last
    inside = any(far[i] > i + 1 for i in range(first, last - 1))
    return not passing and not inside and min(outputs, default=0) >= last


def following(known: Known, cut: Cut) -> list[Node]:
    """The nodes behind the part, at their new places."""
    nodes = known.network.graph.nodes[cut.last :]
    if not cut.more and not cut.moved:
        return list(nodes)
    places: dict[int, tuple[Span, ...]] = {}
    make, found = Node._make, []
    for node in nodes:
        index, path, layer, inputs, shape, span, calls, *rest, weights, problem, assumed, times = node
        if cut.more:
            index += cut.more
            inputs = tuple([i + cut.more if i >= cut.last - 1 else i for i in inputs])
            weights = weights + cut.more if weights >= cut.last else weights
            path = _counted(path, cut.more)
        if cut.moved:
            span = span and _moved(span, cut)
            if calls:
                calls = places.get(id(calls)) or places.setdefault(id(calls), tuple(_moved(c, cut) for c in calls))
        found.append(make((index, path, layer, inputs, shape, span, calls, *rest, weights, problem, assumed, times)))
    return found


def _moved(span: Span, cut: Cut) -> Span:
    return span if span[0] < cut.end else Span(span[0] + cut.moved, span[1] + cut.moved)


def _counted(path: str, more: int) -> str:
    """A path whose first name, where it is the number of a module, is another number."""
    head, dot, tail = path.partition(".")
    return f"{int(head) + more}{dot}{tail}" if head.isdecimal() else path


def readers(known: Known, cut: Cut) -> list[int]:
    """The last reader of every value."""
    count = cut.last + cut.more
    inside = range(cut.first, count)
    leaving = [value + cut.more for value in known.far[cut.last - 1 :]]
    return [*known.far[: cut.first - 1], *inside, *leaving]
