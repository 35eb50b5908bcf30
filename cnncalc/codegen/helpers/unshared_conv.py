"""Convolution whose weights depend on the position."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class UnsharedConv(nn.Module):
    """A window with other weights at other positions; ``tiles`` per axis, in turn."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: tuple[int, ...],
        *,
        tiles: tuple[int, ...],
        stride: tuple[int, ...] | int = 1,
        dilation: tuple[int, ...] | int = 1,
        sides: tuple[int, ...] = (),
        bias: bool = True,
    ) -> None:
        """``sides``: padding as F.pad takes it, begin and end of the last axis first."""
        super().__init__()
        rank = len(kernel_size)
        self.kernel_size = kernel_size
        self.tiles = tiles
        self.stride = (stride,) * rank if isinstance(stride, int) else stride
        self.dilation = (dilation,) * rank if isinstance(dilation, int) else dilation
        self.sides = sides
        window = in_channels * math.prod(kernel_size)
        bound = 1 / math.sqrt(window)
        weight = torch.empty(*tiles, out_channels, window)
        self.weight = nn.Parameter(weight.uniform_(-bound, bound))
        values = torch.empty(out_channels, *tiles).uniform_(-bound, bound)
        self.bias = nn.Parameter(values) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        """Copy all windows out, multiply each with the weights of its position."""
        x = F.pad(x, self.sides) if self.sides else x
        rank = len(self.kernel_size)
        pairs = zip(self.kernel_size, self.dilation, strict=True)
        wide = [d * (k - 1) + 1 for k, d in pairs]
        for axis in range(rank):
            x = x.unfold(2 + axis, wide[axis], self.stride[axis])
        steps = tuple(slice(None, None, d) for d in self.dilation)
        x = x[(..., *steps)].movedim(1, 1 + rank)
        places = x.shape[1 : 1 + rank]
        windows = x.reshape(x.shape[0], math.prod(places), -1).transpose(0, 1)
        weight: Tensor = self.weight
        bias: Tensor | None = self.bias
        if places != self.tiles:
            turns = [
                torch.arange(n, device=x.device) % t
                for n, t in zip(places, self.tiles, strict=True)
            ]
            index = torch.meshgrid(*turns, indexing="ij")
            weight = weight[index]
            bias = None if bias is None else bias[(slice(None), *index)]
        out = windows.bmm(weight.flatten(0, rank - 1).mT).permute(1, 2, 0).contiguous()
        out = out.reshape(*out.shape[:2], *places)
        return out if bias is None else out + bias
