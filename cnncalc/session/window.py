"""The part of a network that an edit changes: its lines read, its nodes made, and what the analyses say about them alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.analysis.analyse import rows_of
from cnncalc.analysis.cost import operations
from cnncalc.analysis.memory.particular import BY_LAYOUT
from cnncalc.analysis.memory.storages import NOTHING_KEPT, Kept
from cnncalc.analysis.prepared import prepare
from cnncalc.diagnostics import Source
from cnncalc.graph import Graph, Input
from cnncalc.layers.base import Param, Shape
from cnncalc.network import expand
from cnncalc.record import NamedTuple
from cnncalc.session import steps
from cnncalc.session.known import is_plain, own_storages
from cnncalc.session.lines import PLAIN
from cnncalc.spec import Spec
from cnncalc.spec.statement import Parser
from cnncalc.spec.tokens import NotationError
from cnncalc.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.analysis.prepared import Prepared
    from cnncalc.analysis.result import Row
    from cnncalc.graph import Node
    from cnncalc.network.loaded import Network
    from cnncalc.session.known import Known
    from cnncalc.session.steps import Steps
    from cnncalc.spec.syntax import Statement


class Entering(Input):
    """What enters a part of a network; nothing in it needs a gradient."""

    op = "entering"


class Learned(Entering):
    """What enters and needs a gradient."""

    def params(self, *shapes: Shape) -> tuple[Param, ...]:
        return (Param("before", (1,)),)


class Part(NamedTuple):
    """Nodes as a network of their own, behind one that stands for what enters; ``rows`` are of the others."""

    ready: Prepared
    rows: tuple[Row, ...]
    owned: tuple[operations.Tensors, ...]
    steps: Steps
    held: bool


def statements(lines: Sequence[str], indent: int, start: int) -> tuple[Statement, ...] | None:
    """What stands in plain lines, which begin at the character ``start``; None if one of them is something else."""
    found: list[Statement] = []
    for line in lines:
        match = PLAIN.fullmatch(line)
        if match is None or match.end(1) != indent:
            return None
        errors: list[NotationError] = []
        body = Parser(Text(match[2], start + match.start(2)), lines=False).program(errors)
        if errors or not all(map(is_plain, body)):
            return None
        found += body
        start += len(line) + 1
    return tuple(found)


def nodes_of(network: Network, body: tuple[Statement, ...], before: Node) -> tuple[Node, ...] | None:
    """The nodes of plain statements behind a node; the input is their first. None unless they are a sound chain."""
    spec = network.spec
    part = Spec.model_construct(
        source=Source(spec.source.name, ""), inputs={"": before.shape}, params=spec.params, variants=spec.variants,
        blocks=spec.blocks, layers=body,
    )  # fmt: skip
    _, settings, variant = network.given or (None, None, None)
    graph = expand(part, settings=settings, variant=variant)
    plain = all(
        node.inputs == (i,) and node.layer.arity == 1 and node.path == str(i) and not node.calls
        for i, node in enumerate(graph.nodes[1:])
    )
    return graph.nodes if plain and not graph.problems and is_common(graph.nodes[1:]) else None


def is_common(nodes: Sequence[Node]) -> bool:
    """Whether nothing in a chain is out of the ordinary."""
    for node in nodes:
        layer = node.layer
        if layer.stated or layer.unknown or layer.itemsize or layer.op in BY_LAYOUT or node.times != 1:
            return False
    return True


def alone(nodes: Sequence[Node], known: Known, first: int, gradient: int) -> Part | None:
    """What is said about a chain that stands behind the node before ``first``; None if it hands on what enters it."""
    kind = Learned if known.needs[first - 1] else Entering
    before = nodes[0]._replace(layer=kind.model_construct())
    analysis = known.analysis
    last = len(nodes) - 1
    ready = prepare(Graph("", (before, *nodes[1:]), (last,), Source("", "")), analysis.batch, analysis.dtype)
    ready.keeps[0] = Kept((0,)) if known.held[first - 1] else NOTHING_KEPT
    if not (ready.needs[last] and all(own_storages(ready)[last:])):
        return None
    owned = operations.owned(ready.graph, ready.facts, ready.run.itemsize)
    rows = rows_of(ready, owned, [None] * len(nodes))
    kept = any(last in keep.storages for keep in ready.keeps)
    return Part(ready, rows[1:], tuple(owned[1:]), steps.part(ready, gradient), kept)


def chain(known: Known, first: int, last: int) -> tuple[Node, ...] | None:
    """The nodes that were there, as those of ``nodes_of``."""
    nodes = known.network.graph.nodes
    found = [nodes[first - 1]._replace(index=0, inputs=(), weights=0)]
    for i, node in enumerate(nodes[first:last], 1):
        plain = node.inputs == (first + i - 2,) and node.weights == node.index and node.path.isdecimal()
        if not plain or node.label is not None or node.layer.arity != 1 or node.calls or node.groups:
            return None
        found.append(node._replace(index=i, inputs=(i - 1,), weights=i))
    return tuple(found) if is_common(found[1:]) else None
