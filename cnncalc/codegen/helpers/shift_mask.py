"""The mask of shifted windows."""

import torch
from torch import Tensor


def shift_mask(
    size: tuple[int, ...], window_size: tuple[int, ...], shift: tuple[int, ...]
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
        shape = [length if other == axis else 1 for other in range(len(size))]
        regions = regions + part.reshape(shape) * 3**axis
    cut = [
        n
        for length, window in zip(size, window_size, strict=True)
        for n in (length // window, window)
    ]
    rank = len(cut)
    windows = regions.reshape(cut).permute(*range(0, rank, 2), *range(1, rank, 2))
    windows = windows.flatten(len(size)).flatten(0, -2)
    return (windows[:, None, None] != windows[:, None, :, None]) * -100.0
