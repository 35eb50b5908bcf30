"""Offsets in a window."""

import torch
from torch import Tensor


def relative_coordinates(height: int, width: int) -> Tensor:
    """Offsets from -8 to 8 on a logarithmic scale, for every offset that a window has; with a batch axis of 1."""
    down = torch.arange(1.0 - height, height) / max(height - 1, 1)
    right = torch.arange(1.0 - width, width) / max(width - 1, 1)
    offsets = 8 * torch.stack(torch.meshgrid(down, right, indexing="ij"), dim=-1)
    return (offsets.sign() * torch.log2(1 + offsets.abs()) / 3)[None]
