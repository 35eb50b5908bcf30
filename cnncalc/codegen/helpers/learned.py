"""A learned constant."""

from typing import Self

import torch
from torch import Tensor, nn


class Learned(nn.Parameter):
    """A parameter of its own; called with the batch size, it gives its value for every sample."""

    def __new__(cls, *shape: int, init: float = 0.0, std: float = 0.0) -> Self:
        """Normally distributed around ``init`` with deviation ``std``."""
        value = torch.full(shape, float(init))
        return super().__new__(cls, value + std * torch.randn(shape) if std else value)

    def __deepcopy__(self, memo: dict[int, object]) -> nn.Parameter:
        """Copy the value, not the way it was made."""
        copy = Learned(*self.shape)
        copy.data = self.data.clone()
        copy.requires_grad_(self.requires_grad)
        memo[id(self)] = copy
        return copy

    def __call__(self, batch: int = 1) -> Tensor:
        """The value for a batch, without copying it."""
        return self.expand(batch, *self.shape)
