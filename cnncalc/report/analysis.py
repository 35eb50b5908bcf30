"""An analysis as plain data: integers stay integers, fractions are text, unknown is null."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cnncalc.analysis.result import Analysis, ReceptiveField, Row
    from cnncalc.diagnostics import Problem, Source, Span
    from cnncalc.layers.base import Cost

SCHEMA_VERSION = 1


def to_dict(analysis: Analysis, problems: Iterable[Problem] = ()) -> dict[str, Any]:
    """The contract of ``analyze --format json``.

    Args:
        analysis: the numbers.
        problems: further problems, such as expected figures that did not come out.
    """
    graph = analysis.graph
    return {
        "schema_version": SCHEMA_VERSION,
        "name": graph.name,
        "file": graph.source.name,
        "input": {node.path: list(node.shape or ()) for node in graph.inputs},
        "outputs": [graph.nodes[index].path for index in graph.outputs],
        "batch": analysis.batch,
        "dtype": analysis.dtype,
        "optimizer": analysis.optimizer,
        "layers": [_layer(analysis, row) for row in analysis.rows],
        "totals": _totals(analysis),
        "diagnostics": [diagnostic(problem) for problem in (*graph.problems, *problems)],
    }


def _layer(analysis: Analysis, row: Row) -> dict[str, Any]:
    node = row.node
    nodes = analysis.graph.nodes
    return {
        "path": node.path,
        "op": node.op,
        "label": node.label,
        "groups": list(node.groups),
        "call": node.call,
        "inputs": [nodes[index].path for index in node.inputs],
        "output_shape": None if node.shape is None else list(node.shape),
        "times": node.times,
        "assumed": node.assumed,
        "status": "stated" if node.layer.stated else "exact",
        "exact_size": [str(fit.exact) for fit in row.fits],
        "lost": [fit.lost for fit in row.fits],
        "lost_real": [fit.lost_real for fit in row.fits],
        "params": row.params,
        "buffers": row.buffers,
        "macs": row.macs,
        "flops": row.flops,
        "flops_by_kind": None if row.cost is None else flops_by_kind(row.cost),
        "output_bytes": row.output_bytes,
        "saved_bytes": row.saved_bytes,
        "receptive_field": field(row.receptive_field),
        "location": location(analysis.graph.source, node.span),
    }


def flops_by_kind(cost: Cost) -> dict[str, int]:
    """FLOPs by kind: two for every MAC, one for every other operation."""
    return {kind: count * (2 if kind == "mac" else 1) for kind, count in cost.items() if count}


def field(value: ReceptiveField | None) -> dict[str, Any] | None:
    """A receptive field, one element per axis."""
    if value is None:
        return None
    return {
        "size": [axis.size for axis in value],
        "jump": [str(axis.jump) for axis in value],
        "start": [str(axis.start) for axis in value],
        "centre": [str(axis.centre) for axis in value],
        "coverage": [str(axis.coverage) for axis in value],
        "shortest": [axis.shortest for axis in value],
        "smallest": [axis.smallest for axis in value],
        "largest": [axis.largest for axis in value],
        "effective": [round(axis.effective, 2) for axis in value],
        "whole": [axis.whole for axis in value],
    }


def location(source: Source, span: Span | None) -> dict[str, Any] | None:
    """File, line and column, both from 1."""
    if span is None:
        return None
    line, column = source.position(span.start)
    return {"file": source.name, "line": line, "column": column}


def diagnostic(problem: Problem) -> dict[str, Any]:
    """A problem: message, hint, place, and the places that explain it."""
    place = None if problem.source is None else location(problem.source, problem.span)
    notes = [
        {"message": note.message, "location": None if problem.source is None else location(problem.source, note.span)}
        for note in problem.notes
    ]
    return {"message": problem.message, "hint": problem.hint, "location": place, "notes": notes}


def _totals(analysis: Analysis) -> dict[str, Any]:
    totals = analysis.totals
    nodes = analysis.graph.nodes
    values = totals._asdict()
    values["stated"] = totals.stated._asdict()
    values["flops_by_kind"] = flops_by_kind(totals.flops_by_kind)
    for key in ("inference_peak_at", "training_peak_at"):
        values[key] = nodes[values[key]].path if nodes else None
    return values
