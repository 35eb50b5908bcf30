"""Constant numbers."""

import torch
from torch import Tensor


def filled(*shape: int, values: float | tuple[float, ...] = 0) -> Tensor:
    """A tensor of this shape, filled with the values in turn."""
    given = torch.tensor(values, dtype=torch.get_default_dtype()).reshape(-1)
    return given.repeat(torch.Size(shape).numel() // len(given)).reshape(shape)
