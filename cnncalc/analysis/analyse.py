"""The whole analysis of a graph: one row per layer, and the totals."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from cnncalc.analysis import cost, memory
from cnncalc.analysis.facts import FactBook, Facts
from cnncalc.analysis.result import Analysis, Row, Totals
from cnncalc.analysis.training import TrainingStep
from cnncalc.diagnostics import UsageError
from cnncalc.layers.base import Run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.graph import Graph, Node

ITEMSIZE = {"float64": 8, "float32": 4, "float16": 2, "bfloat16": 2, "float8": 1, "int8": 1, "uint8": 1, "int16": 2, "int32": 4}
"""Bytes of one number."""

OPTIMIZERS = {"sgd": 0, "momentum": 1, "adam": 2}
"""Numbers that an optimiser keeps for every parameter."""


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
    _check(batch, dtype, optimizer)
    run = Run(batch, ITEMSIZE[dtype])
    book = FactBook(graph)
    facts = [book.of(node) for node in graph.nodes]
    owned = _owned(graph, facts, run.itemsize)
    sizes = [_bytes(node, run) for node in graph.nodes]
    needs = cost.needs_gradient(graph, facts)
    views = [known is not None and known.is_view for known in facts]
    where = memory.storages(graph, sizes, views)
    keeps = memory.kept(graph, facts, book, needs, where, run)
    rows = _rows(graph, facts, owned, memory.saved_bytes(where, keeps), run)
    param_bytes = [0 if known is None else known.params * run.itemsize for known in facts]
    training = TrainingStep(graph, where, keeps, needs, sizes, param_bytes).run()
    evaluated = [view or node.op in memory.EVALUATION_IDENTITY for view, node in zip(views, graph.nodes, strict=True)]
    inference = memory.inference_peak(graph, memory.storages(graph, sizes, evaluated))
    totals = _totals(rows, owned, inference, training, optimizer)
    complete = not graph.problems and all(row.params is not None for row in rows)
    return Analysis(graph, rows, totals._replace(complete=complete), batch, dtype, optimizer)


def _bytes(node: Node, run: Run) -> int:
    return 0 if node.shape is None else run.batch * run.itemsize * prod(node.shape)


def _owned(graph: Graph, facts: Sequence[Facts | None], itemsize: int) -> list[cost.Tensors]:
    """What every node adds; the later applications of shared weights add nothing."""
    return [
        cost.Tensors() if known is None or node.weights != node.index else cost.tensors(known, itemsize)
        for node, known in zip(graph.nodes, facts, strict=True)
    ]


def _rows(
    graph: Graph, facts: Sequence[Facts | None], owned: Sequence[cost.Tensors], saved: Sequence[int], run: Run
) -> tuple[Row, ...]:
    try:
        from cnncalc.analysis.receptive_field import receptive_fields

        fields = receptive_fields(graph)
    except ImportError:
        fields = (None,) * len(graph.nodes)
    rows = []
    for node, known, own, kept, field in zip(graph.nodes, facts, owned, saved, fields, strict=True):
        if node.op == "input":
            continue
        size = None if node.shape is None else _bytes(node, run)
        if known is None:
            rows.append(Row(node, (), None, None, None, size, None, field))
        else:
            work = cost.scaled(known.cost, run.batch)
            rows.append(Row(node, known.fits, own.params, own.buffers, work, size, kept, field))
    return tuple(rows)


def _totals(
    rows: Sequence[Row], owned: Sequence[cost.Tensors], inference: memory.Peak, training: memory.Peak, optimizer: str
) -> Totals:
    weight_bytes = sum(own.param_bytes for own in owned)
    buffer_bytes = sum(own.buffer_bytes for own in owned)
    by_kind = cost.summed(row.cost for row in rows if row.cost is not None)
    return Totals(
        params=sum(own.params for own in owned),
        buffers=sum(own.buffers for own in owned),
        macs=by_kind["mac"],
        flops=cost.flops(by_kind),
        flops_by_kind=by_kind,
        weight_bytes=weight_bytes,
        buffer_bytes=buffer_bytes,
        activation_bytes=sum(row.output_bytes or 0 for row in rows),
        saved_bytes=sum(row.saved_bytes or 0 for row in rows),
        inference_peak_bytes=inference.bytes,
        inference_peak_at=inference.at,
        training_peak_bytes=training.bytes + weight_bytes * (1 + OPTIMIZERS[optimizer]) + buffer_bytes,
        training_peak_at=training.at,
        complete=True,
    )


def _check(batch: int, dtype: str, optimizer: str) -> None:
    if batch < 1:
        raise UsageError(f"batch {batch} is below 1: a batch has at least one sample")
    if dtype not in ITEMSIZE:
        raise UsageError(f"unknown dtype '{dtype}': use one of {', '.join(ITEMSIZE)}")
    if optimizer not in OPTIMIZERS:
        raise UsageError(f"unknown optimizer '{optimizer}': use one of {', '.join(OPTIMIZERS)}")
