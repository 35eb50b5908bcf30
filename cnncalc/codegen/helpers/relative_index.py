"""Rows of a table of relative positions."""

import torch
from torch import Tensor


def relative_index(
    height: int,
    width: int,
    *,
    absolute: bool = False,
    stride: int = 1,
    matrix: bool = False,
) -> Tensor:
    """For every pair of places in a window the number of their offset, row by row; with ``stride`` of every such place."""
    rows = torch.arange(height).repeat_interleave(width)
    columns = torch.arange(width).repeat(height)
    taken = (rows % stride == 0) & (columns % stride == 0)
    down = rows[taken][:, None] - rows
    right = columns[taken][:, None] - columns
    if absolute:
        index = down.abs() * width + right.abs()
    else:
        index = (down + height - 1) * (2 * width - 1) + right + width - 1
    return index if matrix else index.flatten()
