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
        return x.unflatten(1, (-1, self.pieces)).max(dim=2).values
