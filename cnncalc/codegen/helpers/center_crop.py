"""The centre of a value."""

from torch import Tensor


def center_crop(x: Tensor, like: Tensor) -> Tensor:
    """Cut to the spatial size of another value; where one more row must go, it goes at the end."""
    for axis in range(2, x.dim()):
        size = like.shape[axis]
        x = x.narrow(axis, (x.shape[axis] - size) // 2, size)
    return x
