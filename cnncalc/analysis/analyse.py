"""The whole analysis of a graph: one row per layer, and the totals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.analysis.cost import operations
from cnncalc.analysis.facts import FactBook, Facts
from cnncalc.analysis.field.receptive_field import receptive_fields
from cnncalc.analysis.memory import optimizers, training
from cnncalc.analysis.memory.inference import inference_peak
from cnncalc.analysis.memory.storages import saved_bytes
from cnncalc.analysis.memory.whole import whole_numbers
from cnncalc.analysis.prepared import Prepared, output_bytes, prepare
from cnncalc.analysis.result import Analysis, ReceptiveField, Row, Stated, Totals
from cnncalc.layers.base import Run
from cnncalc.record import collecting_later

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.graph import Graph, Node


@collecting_later
def analyse(graph: Graph, *, batch: int = 1, dtype: str = "float32", optimizer: str = "sgd") -> Analysis:
    """Analyse a network.

    Args:
        graph: the network; it may have problems, whose nodes are then unknown.
        batch: samples per batch; costs and bytes are for all of them.
        dtype: the type of all numbers: float32, float16, bfloat16, float64, int8...
        optimizer: sgd, momentum or adam, for the training peak.

    Returns:
        One row for every node but the inputs, in execution order, and the totals.

    Raises:
        UsageError: an unknown dtype or optimiser, or a batch below 1.
    """
    state = optimizers.optimizer_state(optimizer)
    ready = prepare(graph, batch, dtype)
    owned = operations.owned(graph, ready.facts, ready.run.itemsize)
    rows = rows_of(ready, owned, receptive_fields(graph, ready.facts))
    totals = _totals(ready, rows, owned, state)
    return Analysis(graph, rows, totals, batch, dtype, optimizer)


def layers(graph: Graph, *, batch: int = 1) -> tuple[Row, ...]:
    """The rows of an analysis in float32 without totals and without what is saved, which take half of the time."""
    book = FactBook(graph)
    facts = [book.of(node) for node in graph.nodes]
    run = Run(batch)
    owned, fields, whole = (
        operations.owned(graph, facts, run.itemsize),
        receptive_fields(graph, facts),
        whole_numbers(graph, facts),
    )
    return tuple(
        _row(node, facts[i], run, output_bytes(node, whole[i] or run.itemsize, batch), owned[i], None, fields[i])
        for i, node in enumerate(graph.nodes)
        if node.op != "input"
    )


def rows_of(
    ready: Prepared, owned: Sequence[operations.Tensors], fields: Sequence[ReceptiveField | None]
) -> tuple[Row, ...]:
    """The rows of everything but the inputs."""
    saved = saved_bytes(ready.where, ready.keeps)
    return tuple(
        [
            _row(node, ready.facts[i], ready.run, ready.sizes[i], owned[i], saved[i], fields[i])
            for i, node in enumerate(ready.graph.nodes)
            if node.op != "input"
        ]
    )


def _row(
    node: Node,
    facts: Facts | None,
    run: Run,
    output: int,
    own: operations.Tensors,
    saved: int | None,
    field: ReceptiveField | None,
) -> Row:
    size = None if node.shape is None else output
    if facts is None:
        return Row(node, (), None, None, None, size, None, field)
    work, unknown = operations.scaled(facts.cost, node.copies(run.batch)), node.layer.unknown
    row = Row(node, facts.fits, own.params, own.buffers, work, size, saved, field)
    return _without(row, unknown) if unknown else row


def _without(row: Row, unknown: Sequence[str]) -> Row:
    """The row without what nobody knows."""
    return row._replace(
        params=None if "params" in unknown else row.params,
        buffers=None if "params" in unknown else row.buffers,
        cost=None if "cost" in unknown else row.cost,
        saved_bytes=None if "saved" in unknown else row.saved_bytes,
    )


def _unknown(rows: Sequence[Row]) -> bool:
    """Whether a layer says that nobody knows a fact of it."""
    return any(layer.unknown for layer in {id(row.node.layer): row.node.layer for row in rows}.values())


def _stated(rows: Sequence[Row]) -> Stated:
    """The sums of what is stated, not derived."""
    layers = {id(row.node.layer): row.node.layer for row in rows}
    by_hand = {which for which, layer in layers.items() if layer.stated}
    stated = [row for row in rows if id(row.node.layer) in by_hand] if by_hand else []
    return Stated(
        params=sum(row.params or 0 for row in stated),
        macs=sum(row.macs or 0 for row in stated),
        flops=sum(row.flops or 0 for row in stated),
        saved_bytes=sum(row.saved_bytes or 0 for row in stated),
    )


def _totals(
    ready: Prepared, rows: Sequence[Row], owned: Sequence[operations.Tensors], state: optimizers.State
) -> Totals:
    weight_bytes, buffer_bytes = sum(own.param_bytes for own in owned), sum(own.buffer_bytes for own in owned)
    by_kind = operations.summed(row.cost for row in rows if row.cost is not None)
    inference, step = inference_peak(ready), training.step_peak(ready, state)
    return Totals(
        params=sum(own.params for own in owned),
        buffers=sum(own.buffers for own in owned),
        macs=by_kind["mac"],
        flops=operations.flops(by_kind),
        flops_by_kind=by_kind,
        weight_bytes=weight_bytes,
        buffer_bytes=buffer_bytes,
        activation_bytes=sum([row.output_bytes or 0 for row in rows]),
        saved_bytes=sum([row.saved_bytes or 0 for row in rows]),
        inference_peak_bytes=inference.bytes,
        inference_peak_at=inference.at,
        training_peak_bytes=step.bytes + weight_bytes * (1 + state.kept) + buffer_bytes,
        training_peak_at=step.at,
        complete=not ready.graph.problems and all(row.cost is not None for row in rows) and not _unknown(rows),
        stated=_stated(rows),
    )
