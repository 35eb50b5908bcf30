"""Whether two specs are the same network: what is written in a shorter way must be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.diagnostics import Source, SpecError

if TYPE_CHECKING:
    from cnncalc.graph import Graph


def same(text: str, other: str) -> bool:
    """Whether the layers, their order, inputs, sizes and paths are equal; of what owns nothing the path may differ."""
    graphs = [_graph(text), _graph(other)]
    return None not in graphs and _facts(graphs[0]) == _facts(graphs[1])


def _graph(text: str) -> Graph | None:
    from cnncalc.network import expand
    from cnncalc.spec import read

    try:
        graph = expand(read(Source("converted", text)))
    except SpecError:
        return None
    return None if graph.problems else graph


def _facts(graph: Graph | None) -> object:
    if graph is None:
        return None
    nodes = [
        (n.layer, n.inputs, n.shape, n.weights, n.call, None if n.layer.arity is None else n.path) for n in graph.nodes
    ]
    return nodes, graph.outputs
