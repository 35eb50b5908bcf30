"""Minimum pooling, 3-D."""

from torch import Tensor, nn


class MinPool3d(nn.MaxPool3d):
    """The smallest number of every window."""

    def forward(self, x: Tensor) -> Tensor:
        """The negated maximum of the negated input."""
        return -super().forward(-x)  # type: ignore[no-any-return]
