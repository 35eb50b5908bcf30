"""Parameters and operations of a network: what each node adds, and the work of training."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from cnncalc.layers.base import KINDS
from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cnncalc.analysis.facts import Facts
    from cnncalc.graph import Graph
    from cnncalc.layers.base import Cost

INT64 = 8
"""Bytes of the whole numbers that some layers count with."""


class Tensors(NamedTuple):
    """Numbers and bytes of the parameters and buffers that a node adds; shared weights add nothing."""

    params: int = 0
    buffers: int = 0
    param_bytes: int = 0
    buffer_bytes: int = 0


NO_TENSORS = Tensors()


def scaled(cost: Cost, copies: int) -> Cost:
    """The cost of so many copies, from the cost of one."""
    return cost if copies == 1 else {kind: count * copies for kind, count in cost.items()}


def summed(costs: Iterable[Cost]) -> Cost:
    """The sum by kind; every kind is named. Costs that are one object are added as often as they come."""
    total, found = dict.fromkeys(KINDS, 0), list(costs)
    once = {id(cost): cost for cost in found}
    for which, times in Counter(map(id, found)).items():
        for kind, count in once[which].items():
            total[kind] += count * times
    return total


def flops(cost: Cost) -> int:
    """Floating-point operations: two per MAC, one for every other operation."""
    return sum(cost.values()) + cost.get("mac", 0)


def tensors(facts: Facts, itemsize: int) -> Tensors:
    """What a layer owns. Whole numbers (``num_batches_tracked``) take 8 bytes whatever the network's type is."""
    buffer_bytes = sum(t.size * (INT64 if t.int64 else itemsize) for t in facts.tensors if t.buffer)
    return Tensors(facts.params, facts.buffers, facts.params * itemsize, buffer_bytes)


def owned(graph: Graph, facts: Sequence[Facts | None], itemsize: int) -> list[Tensors]:
    """What every node adds; the later applications of shared weights add nothing."""
    made: dict[int, Tensors] = {}
    return [
        NO_TENSORS
        if known is None or not known.tensors or node.weights != node.index
        else made.get(id(known)) or made.setdefault(id(known), tensors(known, itemsize))
        for node, known in zip(graph.nodes, facts, strict=True)
    ]


def needs_gradient(graph: Graph, facts: Sequence[Facts | None]) -> list[bool]:
    """For every node whether its value needs a gradient: whether a parameter lies upstream, or in it."""
    needs: list[bool] = []
    for node, known in zip(graph.nodes, facts, strict=True):
        inputs = node.inputs
        own = (known is not None and known.params > 0) or (
            needs[inputs[0]] if len(inputs) == 1 and node.layer.arity != 0 else any(needs[i] for i in node.read)
        )
        needs.append(own and node.layer.has_gradient)
    return needs


def backward_macs(graph: Graph, facts: Sequence[Facts | None], batch: int = 1) -> list[int | None]:
    """Multiply-accumulates of the backward pass, per node, for a batch; None where unknown.

    A product has two gradients, of its input and of its weights, each as expensive as the forward pass. The gradient of
    the input is left out where nothing upstream is trained (the first layer), the gradient of the weights where there
    are none; a product of two values (matmul) has one gradient for each value that needs it.
    """
    needs = needs_gradient(graph, facts)
    work: list[int | None] = []
    for node, known in zip(graph.nodes, facts, strict=True):
        added = node.layer.places().get("bias")
        upstream = [needs[i] for place, i in enumerate(node.inputs) if place != added]
        gradients = sum(upstream) + bool(known and known.params)
        work.append(None if known is None else known.cost.get("mac", 0) * gradients * node.copies(batch))
    return work
