"""The most bytes of activations that are alive at once in an inference pass."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from cnncalc.analysis.memory.storages import EVALUATION_IDENTITY, Peak, ended, storages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.analysis.memory.storages import Storages
    from cnncalc.analysis.prepared import Prepared
    from cnncalc.graph import Node


def inference_peak(ready: Prepared) -> Peak:
    """The most bytes of activations that are alive at once in an inference pass; weights and buffers not included.

    A storage is alive from the node that makes it to the last node that reads it, inclusive; outputs to the end. The
    network's input counts like any activation: to its last use. Temporary memory inside an operation is not included.
    The indices of a pool that an unpooling reads are there until then. Under autocast the copies of weights and of what enters are there while the layer runs.
    """
    peak = Peak(0, 0)
    for index, live in enumerate(inference_line(ready, inference_storages(ready))):
        if live > peak.bytes:
            peak = Peak(live, index)
    return peak


def inference_storages(ready: Prepared) -> Storages:
    """Where every value lives in an inference pass."""
    views = [view or node.op in EVALUATION_IDENTITY for view, node in zip(ready.views, ready.graph.nodes, strict=True)]
    return storages(ready.graph, ready.sizes, views)


def inference_line(ready: Prepared, where: Storages) -> Iterator[int]:
    """The bytes alive while each node runs, in execution order: see ``inference_peak``."""
    graph, live, ends, sizes = ready.graph, 0, ended(where), where.size
    indices = {node.inputs[1]: node.index for node in graph.nodes if node.op == "unpool" and len(node.inputs) > 1}
    for node in graph.nodes:
        index = node.index
        live += sizes[index]
        if index in indices:
            live += _index_bytes(node, ready)
        copies = 0
        if ready.casts is not None:
            copies = ready.casts[index].weights + sum(ready.casts[index].inputs)
        yield live + copies
        for storage in ends[index]:
            live -= sizes[storage]
        if indices and node.op == "unpool" and indices.get(pool := node.inputs[-1]) == index:
            live -= _index_bytes(graph.nodes[pool], ready)


def _index_bytes(pool: Node, ready: Prepared) -> int:
    """The places of the maxima, 8 bytes each, which an unpooling needs."""
    return 8 * pool.copies(ready.run.batch) * prod(pool.shape) if pool.shape else 0
