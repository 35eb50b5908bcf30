"""Stochastic depth."""

import torch
from torch import Tensor, nn


class StochasticDepth(nn.Module):
    """Drops its whole input with probability p in training: for every sample apart (row) or for all (batch)."""

    def __init__(self, p: float = 0.5, mode: str = "row") -> None:
        """Keep the rate and the mode."""
        super().__init__()
        self.p = p
        self.mode = mode

    def forward(self, x: Tensor) -> Tensor:
        """Zero, or the input divided by 1 - p."""
        if not self.training or self.p == 0:
            return x
        samples = x.shape[0] if self.mode == "row" else 1
        noise = torch.empty(
            [samples] + [1] * (x.ndim - 1), dtype=x.dtype, device=x.device
        ).bernoulli_(1 - self.p)
        if self.p < 1:
            noise.div_(1 - self.p)
        return x * noise
