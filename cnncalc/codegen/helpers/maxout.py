"""Maxout."""

from torch import Tensor, nn


class Maxout(nn.Module):
    """The largest of every ``pieces`` neighbouring channels."""

    def __init__(self, pieces: int) -> None:
        """How many channels compete."""
        super().__init__()
        self.pieces = pieces

    def forward(self, x: Tensor) -> Tensor:
        """Group the channels, take the largest of each group."""
        x = x.reshape(x.shape[0], -1, self.pieces, *x.shape[2:])
        largest: Tensor = x.max(dim=2).values
        return largest
