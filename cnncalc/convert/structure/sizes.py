"""Sizes behind the lines of a network where its maps change theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.diagnostics import Source, SpecError
from cnncalc.spec.syntax import Path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.graph import Graph
    from cnncalc.network.trace import Trace
    from cnncalc.spec.model import Spec
    from cnncalc.spec.syntax import Body, Statement


def sized(text: str) -> str:
    """The text with ``-> 64x56x56`` behind the lines of ``layers`` that give a map of another extent than the line before."""
    from cnncalc.network import expand
    from cnncalc.network.trace import Trace
    from cnncalc.spec import read
    from cnncalc.spec.rewrite import annotate

    source, trace = Source("converted", text), Trace()
    try:
        spec = read(source)
        graph = expand(spec, trace=trace)
    except SpecError:
        return text
    return text if graph.problems else annotate(source, _sizes(spec, graph, trace))


def _sizes(spec: Spec, graph: Graph, trace: Trace) -> dict[int, tuple[int, ...]]:
    """The sizes by where their statements begin."""
    values = {id(statement): value for statement, instance, value in trace.statements if not instance}
    sizes: dict[int, tuple[int, ...]] = {}
    inputs = graph.inputs
    before = (inputs[0].shape or ())[1:] if len(inputs) == 1 else ()
    for statement in _statements(spec.layers):
        value = values.get(id(statement))
        shape = None if value is None else graph.nodes[value].shape
        if shape is None:
            continue
        if len(shape) > 2 and shape[1:] != before:  # noqa: PLR2004 (channels, height, width)
            sizes[statement.span.start] = shape
        before = shape[1:]
    return sizes


def _statements(body: Body) -> Iterator[Statement]:
    """The lines of the network itself, and of its named sequences."""
    for statement in body:
        if len(statement.stages) == 1 and isinstance(statement.stages[0], Path):
            yield from _statements(statement.stages[0].body)
        else:
            yield statement
