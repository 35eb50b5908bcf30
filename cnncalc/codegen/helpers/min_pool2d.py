"""Minimum pooling, 2-D."""

from torch import Tensor, nn


class MinPool2d(nn.MaxPool2d):
    """The smallest number of every window."""

    def forward(self, x: Tensor) -> Tensor:
        """The negated maximum of the negated input."""
        return -super().forward(-x)  # type: ignore[no-any-return]
