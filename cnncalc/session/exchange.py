"""The analysis of a network after an edit, from that of the network before and of the part that was exchanged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.analysis.cost import operations
from cnncalc.analysis.field.receptive_field import Walked, walked
from cnncalc.analysis.memory import optimizers
from cnncalc.analysis.result import Analysis
from cnncalc.session import steps
from cnncalc.session.known import FINE, held, own_storages, tensors
from cnncalc.session.splice import following, readers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.analysis.facts import Facts
    from cnncalc.analysis.result import Row, Totals
    from cnncalc.diagnostics import Source
    from cnncalc.graph import Graph, Node
    from cnncalc.session.known import Known
    from cnncalc.session.splice import Cut
    from cnncalc.session.steps import Steps
    from cnncalc.session.window import Part


def exchanged(known: Known, cut: Cut, old: Part, new: Part, source: Source) -> Known | None:
    """What is known after an exchange; None if that cannot be said.

    Args:
        known: the network before; its lines and places are the caller's to change.
        cut: which nodes were exchanged.
        old: these nodes.
        new: those that stand there now.
        source: the new text.
    """
    graph = _graph(known, cut, new, source)
    facts = [*known.facts[: cut.first], *new.ready.facts[1:], *known.facts[cut.last :]]
    walk = _walk(known, cut, graph, facts)
    if walk is None:
        return None
    largest = [*known.tensors[: cut.first], *tensors(new.ready.facts[1:]), *known.tensors[cut.last :]]
    memory = steps.exchanged(known.steps, cut.first, cut.last, old.steps, new.steps)
    analysis = known.analysis
    rows, totals = _rows(known, cut, graph, new, walk), _totals(known, old, new, memory, largest)
    return known._replace(
        network=known.network._replace(graph=graph),
        analysis=Analysis(graph, rows, totals, analysis.batch, analysis.dtype, analysis.optimizer),
        facts=facts,
        needs=[*known.needs[: cut.first], *new.ready.needs[1:], *known.needs[cut.last :]],
        own=[*known.own[: cut.first], *own_storages(new.ready)[1:], *known.own[cut.last :]],
        held=[*known.held[: cut.first], *held(new.ready)[1:], *known.held[cut.last :]],
        far=readers(known, cut), tensors=largest, walk=walk, steps=memory,
    )  # fmt: skip


def _graph(known: Known, cut: Cut, new: Part, source: Source) -> Graph:
    graph = known.network.graph
    count = int(graph.nodes[cut.first].path)
    fresh = [_placed(node, cut.first, count) for node in new.ready.graph.nodes[1:]]
    nodes = (*graph.nodes[: cut.first], *fresh, *following(known, cut))
    return graph._replace(nodes=nodes, outputs=tuple([i + cut.more for i in graph.outputs]), source=source)


def _placed(node: Node, first: int, count: int) -> Node:
    """A node of a part at its place in the network, whose modules have the numbers from ``count`` on."""
    index, number = first + node.index - 1, count + node.index - 1
    return node._replace(index=index, path=str(number), inputs=(index - 1,), weights=index)


def _walk(known: Known, cut: Cut, graph: Graph, facts: Sequence[Facts | None]) -> Walked | None:
    """What is seen: behind the part the same as before where what leaves it sees the same."""
    before, behind = known.walk, cut.last + cut.more
    ahead = Walked(before.seen[: cut.first], before.fields[: cut.first])
    inside = walked(graph, facts, ahead, behind)
    if inside.left < FINE:
        return None
    if inside.seen[-1] == before.seen[cut.last - 1]:
        return Walked(
            [*inside.seen, *before.seen[cut.last :]], [*inside.fields, *before.fields[cut.last :]], before.left
        )
    rest = walked(graph, facts, inside)
    return rest if rest.left >= FINE else None


def _rows(known: Known, cut: Cut, graph: Graph, new: Part, walk: Walked) -> tuple[Row, ...]:
    rows, inputs = known.analysis.rows, len(graph.nodes) - cut.more - len(known.analysis.rows)
    behind = cut.last + cut.more
    fresh = [
        row._replace(node=graph.nodes[i], receptive_field=walk.fields[i]) for i, row in enumerate(new.rows, cut.first)
    ]
    later: Sequence[Row] = rows[cut.last - inputs :]
    if cut.more or cut.moved or walk.seen[behind - 1] is not known.walk.seen[cut.last - 1]:
        make = type(fresh[0])._make
        places = zip(later, graph.nodes[behind:], walk.fields[behind:], strict=True)
        later = [make((node, *row[1:-1], field)) for row, node, field in places]
    return (*rows[: cut.first - inputs], *fresh, *later)


def _totals(known: Known, old: Part, new: Part, memory: Steps, largest: list[int]) -> Totals:
    """Sums change by what the part changes; peaks are those of the whole."""
    before, analysis = known.analysis.totals, known.analysis
    state, size = optimizers.optimizer_state(analysis.optimizer), new.ready.run.itemsize
    gone, come = operations.summed(_costs(old)), operations.summed(_costs(new))
    by_kind = {kind: count + come[kind] - gone[kind] for kind, count in before.flops_by_kind.items()}
    weights = before.weight_bytes + sum(o.param_bytes for o in new.owned) - sum(o.param_bytes for o in old.owned)
    buffers = before.buffer_bytes + sum(o.buffer_bytes for o in new.owned) - sum(o.buffer_bytes for o in old.owned)
    inference, step = steps.inference_peak(memory), steps.training_peak(memory, largest, state, size)
    return before._replace(
        params=before.params + sum(o.params for o in new.owned) - sum(o.params for o in old.owned),
        buffers=before.buffers + sum(o.buffers for o in new.owned) - sum(o.buffers for o in old.owned),
        macs=by_kind["mac"],
        flops=operations.flops(by_kind),
        flops_by_kind=by_kind,
        weight_bytes=weights,
        buffer_bytes=buffers,
        activation_bytes=before.activation_bytes + _sum(new, "output_bytes") - _sum(old, "output_bytes"),
        saved_bytes=before.saved_bytes + _sum(new, "saved_bytes") - _sum(old, "saved_bytes"),
        inference_peak_bytes=inference.bytes,
        inference_peak_at=inference.at,
        training_peak_bytes=step.bytes + weights * (1 + state.kept) + buffers,
        training_peak_at=step.at,
    )


def _costs(part: Part) -> list[dict[str, int]]:
    return [row.cost for row in part.rows if row.cost is not None]


def _sum(part: Part, column: str) -> int:
    return sum(getattr(row, column) or 0 for row in part.rows)
