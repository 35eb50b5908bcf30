"""Convolution with unequal padding, 1-D."""

from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn


class PaddedConv1d(nn.Conv1d):
    """Convolution whose zero padding differs between begin and end of an axis."""

    def __init__(self, *args: Any, sides: tuple[int, ...], **kwargs: Any) -> None:
        """``sides`` as F.pad takes them: begin and end of the last axis first."""
        super().__init__(*args, **kwargs)
        self.sides = sides

    def forward(self, x: Tensor) -> Tensor:
        """Pad, then convolve."""
        mode = "constant" if self.padding_mode == "zeros" else self.padding_mode
        x = F.pad(x, self.sides, mode)
        return F.conv1d(
            x, self.weight, self.bias, self.stride, 0, self.dilation, self.groups
        )
