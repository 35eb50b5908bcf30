"""Batch normalisation by a weight, and a bias, that are values of the network."""

import torch.nn.functional as F
from torch import Tensor
from torch.nn.modules.batchnorm import _NormBase


class BatchNormBy(_NormBase):
    """Batch normalisation; the weight, and the bias, come with every call."""

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        *,
        track_running_stats: bool = True,
    ) -> None:
        """Running statistics, if they are kept; no weight."""
        super().__init__(
            num_features,
            eps,
            momentum,
            affine=False,
            track_running_stats=track_running_stats,
        )

    def forward(self, x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        """``(N, C, *spatial)``, with ``(1, C)`` weights, to the same."""
        fresh = self.training or self.running_mean is None
        if self.training and self.num_batches_tracked is not None:
            self.num_batches_tracked.add_(1)
        shift = None if bias is None else bias[0]
        share = 0.0 if self.momentum is None else self.momentum
        return F.batch_norm(
            x,
            self.running_mean,
            self.running_var,
            weight[0],
            shift,
            fresh,
            share,
            self.eps,
        )
