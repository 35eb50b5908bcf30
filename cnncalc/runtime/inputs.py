"""What enters a network that is run: random numbers, or whole numbers that the tables behind an input have rows for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from cnncalc.graph import WholeInput
from cnncalc.layers.embedding import Embedding

if TYPE_CHECKING:
    from cnncalc.graph import Graph, Node


def sample(graph: Graph, node: Node, batch: int, generator: torch.Generator) -> torch.Tensor:
    """A value for an input, the batch first: numbers between 0 and 1, or rows of the smallest table that reads it."""
    sizes = (batch, *(node.shape or ()))
    if not isinstance(node.layer, WholeInput):
        return torch.rand(*sizes, generator=generator)
    return torch.randint(rows(graph, node), sizes, generator=generator)


def rows(graph: Graph, node: Node) -> int:
    """How many rows the smallest table has that reads an input; 1 if none does."""
    readers = [other.layer for other in graph.nodes if node.index in other.inputs]
    return min((layer.num_embeddings for layer in readers if isinstance(layer, Embedding)), default=1)
