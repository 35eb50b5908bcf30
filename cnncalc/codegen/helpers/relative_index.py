"""Rows of a table of relative positions."""

import torch
from torch import Tensor


def relative_index(height: int, width: int) -> Tensor:
    """For every pair of places in a window the number of their offset, row by row."""
    rows = torch.arange(height).repeat_interleave(width)
    columns = torch.arange(width).repeat(height)
    down = rows[:, None] - rows + height - 1
    right = columns[:, None] - columns + width - 1
    return (down * (2 * width - 1) + right).flatten()
