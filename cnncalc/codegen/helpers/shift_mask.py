"""The mask of shifted windows."""

import torch
from torch import Tensor


def shift_mask(
    size: tuple[int, int], window_size: tuple[int, int], shift: tuple[int, int]
) -> Tensor:
    """-100 between places of a window that were no neighbours before the map was shifted, else 0."""
    regions = torch.zeros(size)
    for axis, (length, window, by) in enumerate(
        zip(size, window_size, shift, strict=True)
    ):
        place = torch.arange(length)
        part = (
            (place >= length - window).int() + (place >= length - by).int()
            if by
            else place * 0
        )
        regions = regions + part.reshape((-1, 1) if axis == 0 else (1, -1)) * 3**axis
    (high, wide), (height, width) = size, window_size
    windows = (
        regions.reshape(high // height, height, wide // width, width)
        .transpose(1, 2)
        .flatten(2)
        .flatten(0, 1)
    )
    return (windows[:, None, None] != windows[:, None, :, None]) * -100.0
