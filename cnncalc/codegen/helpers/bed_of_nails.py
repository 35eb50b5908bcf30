"""Upsampling with zeros."""

from torch import Tensor, nn


class BedOfNails(nn.Module):
    """Every number at the first place of its block, zeros elsewhere."""

    def __init__(self, scale: tuple[int, ...]) -> None:
        """One factor per spatial axis."""
        super().__init__()
        self.scale = scale

    def forward(self, x: Tensor) -> Tensor:
        """Make the blocks, write their first places."""
        sizes = [n * s for n, s in zip(x.shape[2:], self.scale, strict=True)]
        out = x.new_zeros(*x.shape[:2], *sizes)
        steps = tuple(slice(None, None, s) for s in self.scale)
        out[(slice(None), slice(None), *steps)] = x
        return out
