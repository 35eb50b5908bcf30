"""Max-unpooling, 3-D."""

from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn


class Unpool3d(nn.Module):
    """Puts every number back to the place that the indices name."""

    def __init__(self, kernel_size: Any, *, size: list[int], **kwargs: Any) -> None:
        """``size``: the spatial size before the pool."""
        super().__init__()
        self.kernel_size = kernel_size
        self.size = size
        self.kwargs = kwargs

    def forward(self, x: Tensor, indices: Tensor) -> Tensor:
        """Unpool."""
        return F.max_unpool3d(
            x, indices, self.kernel_size, output_size=self.size, **self.kwargs
        )
