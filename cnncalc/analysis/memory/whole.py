"""Which values are whole numbers or truth values, whose bytes do not follow the network's type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.layers.broadcast import Elementwise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.analysis.facts import Facts
    from cnncalc.graph import Graph, Node

REAL = frozenset({"div", "pow", "number"})
"""Arithmetic that makes real numbers of whole ones."""


def whole_numbers(graph: Graph, facts: Sequence[Facts | None]) -> list[int]:
    """Bytes of one number of every value that holds whole numbers or truth values; 0 for real numbers.

    A layer that makes them says so. One that computes nothing, or adds and multiplies, hands them on if it gets nothing else.
    """
    found = [0] * len(graph.nodes)
    some = False
    for node in graph.nodes:
        found[node.index] = node.layer.itemsize or (_handed_on(node, facts[node.index], found) if some else 0)
        some = some or bool(found[node.index])
    return found


def _handed_on(node: Node, known: Facts | None, found: Sequence[int]) -> int:
    flowing = node.inputs if node.layer.arity is None else node.inputs[: node.layer.arity]
    if known is None or not flowing or not all(found[i] for i in flowing) or node.op in REAL:
        return 0
    keeps = isinstance(node.layer, Elementwise) or not (known.cost or known.tensors)
    return max(found[i] for i in flowing) if keeps else 0
