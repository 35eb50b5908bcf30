"""Layer scale."""

import torch
from torch import Tensor, nn


class LayerScale(nn.Module):
    """Multiplies every channel (axis 1), or every feature (the last axis), by a learned number."""

    def __init__(self, dim: int, init: float = 1e-6, *, last: bool = False) -> None:
        """Start every factor at ``init``."""
        super().__init__()
        self.gamma = nn.Parameter(torch.full((dim,), float(init)))
        self.last = last

    def forward(self, x: Tensor) -> Tensor:
        """Scale."""
        return x * (
            self.gamma if self.last else self.gamma.view(-1, *[1] * (x.ndim - 2))
        )
