"""Rows of a table of relative positions."""

import torch
from torch import Tensor


def relative_index(
    *window_size: int,
    absolute: bool = False,
    stride: int = 1,
    matrix: bool = False,
) -> Tensor:
    """For every pair of places in a window the number of their offset, row by row; with ``stride`` of every such place."""
    axes = torch.meshgrid(*map(torch.arange, window_size), indexing="ij")
    places = torch.stack(axes).flatten(1)
    taken = places[:, (places % stride == 0).all(0)]
    index = torch.zeros(taken.shape[1], places.shape[1], dtype=torch.int64)
    for size, a, b in zip(window_size, taken, places, strict=True):
        offset = a[:, None] - b
        if absolute:
            index = index * size + offset.abs()
        else:
            index = index * (2 * size - 1) + offset + size - 1
    return index if matrix else index.flatten()
