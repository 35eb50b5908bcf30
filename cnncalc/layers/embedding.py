"""Rows of a table for whole numbers that enter the network: words, letters, places."""

from __future__ import annotations

from typing import final

from cnncalc.diagnostics import ShapeError
from cnncalc.layers.arguments import Count, keywords, module
from cnncalc.layers.base import GLOBAL, Arg, Layer, Param, Reach, Run, Saved, Shape, TorchCall


@final
class Embedding(Layer):
    """A learned row of ``embedding_dim`` numbers for every whole number from 0 to ``num_embeddings`` - 1 that enters.

    T whole numbers give T rows; the input says that it has them: ``20 int``. Nothing is computed; the numbers are kept,
    8 bytes each. The row of ``padding_idx`` starts as zeros and does not learn. Source: ``torch.nn.Embedding``.
    """

    op = "embedding"
    positional = ("num_embeddings", "embedding_dim")
    takes_indices = True
    EXAMPLES = ()

    num_embeddings: Count
    embedding_dim: Count
    padding_idx: int | None = None

    def infer(self, *inputs: Shape) -> Shape:
        """(T, embedding_dim).

        Raises:
            ShapeError: the row for padding is none of the table.
        """
        shape = (*inputs[0], self.embedding_dim)
        if self.padding_idx is not None and not -self.num_embeddings <= self.padding_idx < self.num_embeddings:
            message = f"padding_idx {self.padding_idx} is none of the {self.num_embeddings} rows"
            raise ShapeError(message, argument="padding_idx", hint="rows are counted from 0", assume=shape)
        return shape

    def params(self, *inputs: Shape) -> tuple[Param, ...]:
        """The table."""
        del inputs
        return (Param("weight", (self.num_embeddings, self.embedding_dim)),)

    def reach(self, *inputs: Shape) -> Reach:
        """A list of numbers has no places: all of it is seen."""
        del inputs
        return GLOBAL

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """The whole numbers."""
        del run, inputs
        return Saved((0,))

    def torch(self, *inputs: Shape) -> TorchCall:
        """``nn.Embedding``."""
        del inputs
        sizes = (Arg(self.num_embeddings, "num_embeddings"), Arg(self.embedding_dim, "embedding_dim"))
        return module("Embedding", *sizes, *keywords(self, "padding_idx"))
