"""Minimum pooling, 1-D."""

from torch import Tensor, nn


class MinPool1d(nn.MaxPool1d):
    """The smallest number of every window."""

    def forward(self, x: Tensor) -> Tensor:
        """The negated maximum of the negated input."""
        return -super().forward(-x)  # type: ignore[no-any-return]
