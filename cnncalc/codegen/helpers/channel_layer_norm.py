"""Layer normalisation over channels."""

from torch import Tensor, nn


class ChannelLayerNorm(nn.LayerNorm):
    """Layer normalisation over the channels of every position of a feature map."""

    def forward(self, x: Tensor) -> Tensor:
        """Move the channels last, normalise them, move them back."""
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)
