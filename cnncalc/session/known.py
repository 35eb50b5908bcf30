"""What is kept of a text that was analysed: its lines, its graph, and what every analysis said about each node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.analysis.field.receptive_field import Walked, walked
from cnncalc.analysis.memory import strides
from cnncalc.analysis.memory.inference import inference_storages
from cnncalc.analysis.prepared import prepare
from cnncalc.record import NamedTuple
from cnncalc.session import steps
from cnncalc.session.lines import PLAIN
from cnncalc.spec.syntax import Call

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.analysis.facts import Facts
    from cnncalc.analysis.prepared import Prepared
    from cnncalc.analysis.result import Analysis
    from cnncalc.graph import Graph
    from cnncalc.network.loaded import Network
    from cnncalc.session.steps import Steps
    from cnncalc.spec.syntax import Statement

FINE = 2**17
"""Pieces of sets that may be made at most by two walks that one walk could also do."""


class Known(NamedTuple):
    """A network as it was analysed. Lists are per node but ``places``, which has the first node of every plain line, else -1.

    ``needs``: whether a value needs a gradient; ``own``: whether it lies in a storage of its own, in order; ``held``: whether its layer
    keeps it; ``far``: its last reader; ``tensors``: the largest tensor; ``indent`` is that of the list of layers.
    """

    network: Network
    analysis: Analysis
    lines: list[str]
    places: list[int]
    indent: int
    facts: list[Facts | None]
    needs: list[bool]
    own: list[bool]
    held: list[bool]
    far: list[int]
    tensors: list[int]
    walk: Walked
    steps: Steps


def learn(network: Network, analysis: Analysis, lines: list[str]) -> Known | None:
    """Everything about a network; None for one of which parts cannot be exchanged."""
    graph, source = network.graph, network.spec.source.text
    named = any(one.name and one.name[0].isdigit() for one in network.spec.layers)
    if named or graph.problems or analysis.dtype == "autocast" or any(node.layer.itemsize for node in graph.nodes):
        return None
    first = source.find("\nlayers:\n")
    if first < 0 or any(block.span.start > first for block in network.spec.blocks.values()):
        return None
    ready = prepare(graph, analysis.batch, analysis.dtype)
    walk = walked(graph, ready.facts)
    found = plain_lines(network, lines)
    if found is None or walk.left < FINE:
        return None
    places, indent = found
    return Known(
        network, analysis, lines, places, indent, ready.facts, ready.needs, own_storages(ready), held(ready),
        readers(graph), tensors(ready.facts), walk, steps.whole(ready),
    )  # fmt: skip


def plain_lines(network: Network, lines: Sequence[str]) -> tuple[list[int], int] | None:
    """The first node of every line that is a plain item of layers, and their indentation; None if there is no such line."""
    begins: dict[int, int] = {}
    for node in network.graph.nodes:
        if node.span is not None and not node.calls:
            begins.setdefault(node.span.start, node.index)
    statements = {statement.span.start: statement for statement in network.spec.layers}
    places, offset, indent = [-1] * len(lines), 0, -1
    for i, line in enumerate(lines):
        match = PLAIN.fullmatch(line)
        statement = statements.get(offset + match.start(2)) if match else None
        if match and statement and statement.span.end == offset + len(line) and is_plain(statement):
            places[i], indent = begins.get(statement.stages[0].span.start, -1), match.end(1)
        offset += len(line) + 1
    return None if indent < 0 else (places, indent)


def is_plain(statement: Statement) -> bool:
    """Whether a statement has neither a name nor sizes, and calls only."""
    named = statement.name is not None or statement.expect is not None
    return not named and all(isinstance(stage, Call) for stage in statement.stages)


def own_storages(ready: Prepared) -> list[bool]:
    """Whether a value lies in a storage of its own, in training and in inference, in order."""
    graph = ready.graph
    layouts = strides.layouts(graph, ready.facts, ready.needs, ready.run.batch, train=True)
    last = len(graph.nodes) - 1
    layouts.out_of_order(last)
    where = inference_storages(ready)
    return [
        ready.where.of[i] == where.of[i] == i and layouts.known[i] is None and graph.nodes[i].times == 1
        for i in range(last + 1)
    ]


def held(ready: Prepared) -> list[bool]:
    """Whether a layer keeps its own output."""
    return [i in keep.storages for i, keep in enumerate(ready.keeps)]


def readers(graph: Graph) -> list[int]:
    """The last node that reads a value; for outputs one behind all."""
    far = list(range(len(graph.nodes)))
    for node in graph.nodes:
        for i in node.inputs:
            far[i] = node.index
    for i in graph.outputs:
        far[i] = len(graph.nodes)
    return far


def tensors(facts: Sequence[Facts | None]) -> list[int]:
    """The numbers of the largest tensor that a gradient flows into."""
    return [
        max([t.size for t in one.tensors if not t.buffer]) if one is not None and one.params else 0 for one in facts
    ]
