"""Depthwise separable convolution."""

from typing import Any

from torch import Tensor, nn


class SeparableConv(nn.Module):
    """A window on every channel by itself, then a 1x1 convolution over the channels."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: tuple[int, ...],
        *,
        bias: bool = True,
        **kwargs: Any,
    ) -> None:
        """As nn.Conv2d; the bias belongs to the second step."""
        super().__init__()
        conv: Any = (nn.Conv1d, nn.Conv2d, nn.Conv3d)[len(kernel_size) - 1]
        self.depthwise = conv(
            in_channels,
            in_channels,
            kernel_size,
            groups=in_channels,
            bias=False,
            **kwargs,
        )
        self.pointwise = conv(in_channels, out_channels, 1, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        """One after the other."""
        return self.pointwise(self.depthwise(x))  # type: ignore[no-any-return]
