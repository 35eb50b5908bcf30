"""What every analysis of memory and cost starts from: a graph, the conditions, and the facts of its layers."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from cnncalc.analysis.cost.operations import needs_gradient
from cnncalc.analysis.facts import FactBook, Facts
from cnncalc.analysis.memory import lying, storages, strides
from cnncalc.analysis.memory.particular import BY_LAYOUT, is_attention, is_recurrent
from cnncalc.analysis.memory.whole import whole_numbers
from cnncalc.diagnostics import UsageError
from cnncalc.layers.base import Run
from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from cnncalc.analysis.memory.autocast import Cast
    from cnncalc.graph import Graph, Node
    from cnncalc.layers.base import Saved

DTYPES = {
    "float32": 4,
    "float16": 2,
    "bfloat16": 2,
    "float64": 8,
    "float8": 1,
    "int8": 1,
    "uint8": 1,
    "int16": 2,
    "int32": 4,
    "autocast": 4,
}
"""Types of numbers, and the bytes of one; ``autocast`` is float32 with products in bfloat16."""


class Prepared(NamedTuple):
    """A graph under given conditions. Lists have one element per node.

    ``facts``: None where unknown; ``sizes``: bytes of the outputs, 0 where unknown; ``needs``: whether the value needs
    a gradient; ``views``: whether it lives in the storage of its input; ``where``: the storages; ``keeps``: what
    autograd keeps for the backward pass; ``passing``: bytes that a layer makes for that pass though nothing needs a gradient;
    ``casts``: what autocast copies, None without it.
    """

    graph: Graph
    run: Run
    facts: list[Facts | None]
    sizes: list[int]
    needs: list[bool]
    views: list[bool]
    where: storages.Storages
    keeps: list[storages.Kept]
    passing: list[int]
    casts: list[Cast] | None = None


def itemsize(dtype: str) -> int:
    """Bytes of one number of a type.

    Raises:
        UsageError: there is no such type.
    """
    if dtype not in DTYPES:
        raise UsageError(f"unknown dtype '{dtype}': use one of {', '.join(DTYPES)}")
    return DTYPES[dtype]


LARGEST_BATCH = 10**9
"""No batch is larger; a larger one is a mistake or an attack."""


def prepare(graph: Graph, batch: int = 1, dtype: str = "float32", *, train: bool = True) -> Prepared:
    """Ask every layer once.

    Raises:
        UsageError: an unknown dtype, a batch below 1 or beyond a thousand million.
    """
    if batch < 1:
        raise UsageError(f"batch {batch} is below 1: a batch has at least one sample")
    if batch > LARGEST_BATCH:
        raise UsageError("the batch is beyond 1,000,000,000 samples")
    run = Run(batch, itemsize(dtype), train)
    book = FactBook(graph)
    facts = [book.of(node) for node in graph.nodes]
    needs, whole = needs_gradient(graph, facts), whole_numbers(graph, facts)
    mix = None
    if dtype == "autocast":
        from cnncalc.analysis.memory import autocast

        mix = autocast.mixed(graph, batch, [() if known is None else known.tensors for known in facts], needs, whole)
    types = [run.itemsize] * len(facts) if mix is None else mix.types
    sizes = [
        output_bytes(node, size or real, batch) for node, size, real in zip(graph.nodes, whole, types, strict=True)
    ]
    layouts = strides.layouts(graph, facts, needs, batch, train=train)
    views, where = layouts.views, storages.storages(graph, sizes, layouts.views)
    keeps, passing = [storages.NOTHING_KEPT] * len(facts), [0] * len(facts)
    for node, known in zip(graph.nodes, facts, strict=True):
        if known is None:
            continue
        i = node.index
        own = run if mix is None else autocast.conditions(node, run, mix)
        if not needs[i]:
            passing[i] = _passing(node, known, own)
            continue
        inputs = node.inputs
        wanted = (needs[inputs[0]],) if len(inputs) == 1 else tuple([needs[j] for j in inputs])
        by_layout = node.layer.op in BY_LAYOUT
        saved = _saved(node, known, own, book, layouts, wanted) if by_layout else book.saved(node, known, own, wanted)
        copies = 0
        if mix is not None:
            saved, copies = autocast.kept_copies(node, saved, mix)
        if node.layer.op in lying.PARTICULAR and (placed := lying.apart(node, saved, layouts)):
            copies += sum(node.copies(batch) * types[i] * prod(known.shapes[place]) for place in placed)
            saved = saved._replace(inputs=tuple([place for place in saved.inputs if place not in placed]))
        keeps[i] = storages.kept(node, saved, where, copies)
    return Prepared(graph, run, facts, sizes, needs, views, where, keeps, passing, mix.casts if mix else None)


def _saved(
    node: Node, known: Facts, run: Run, book: FactBook, layouts: strides.Layouts, needs: tuple[bool, ...]
) -> Saved:
    """What a layer keeps, attention by how its inputs lie."""
    if is_attention(node.layer) and layouts.in_steps(node):
        own = run._replace(needs=needs, batch=node.copies(run.batch))
        return node.layer.saved_stepwise(own, *known.shapes, lies=lying.lies_by_head(node, node.layer, layouts))
    if is_recurrent(node.layer):
        own = run._replace(needs=needs, batch=node.copies(run.batch))
        return node.layer.saved(own, *known.shapes, lies=lying.by_time(node, layouts))
    return book.saved(node, known, run, needs)


def _passing(node: Node, known: Facts, run: Run) -> int:
    """What a single operation makes beside its output, whoever needs it: the statistics of a normalisation, a mask."""
    own = run._replace(needs=(True,) * len(node.inputs), batch=node.copies(run.batch))
    made = node.layer.saved(own, *known.shapes).extra
    return 0 if not made or node.layer.is_composite(*known.shapes) else made


def output_bytes(node: Node, size: int, batch: int) -> int:
    """Bytes of a node's output in numbers of ``size`` bytes; 0 where the shape is unknown."""
    return 0 if node.shape is None else (node.times * batch or 1) * size * prod(node.shape)
