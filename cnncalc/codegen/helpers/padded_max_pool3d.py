"""Maximum pooling with unequal padding, 3-D."""

from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn


class PaddedMaxPool3d(nn.MaxPool3d):
    """Maximum pooling whose padding differs between begin and end of an axis."""

    def __init__(self, *args: Any, sides: tuple[int, ...], **kwargs: Any) -> None:
        """``sides`` as F.pad takes them: begin and end of the last axis first."""
        super().__init__(*args, **kwargs)
        self.sides = sides

    def forward(self, x: Tensor) -> Tensor:
        """Pad with what never wins, then pool."""
        x = F.pad(x, self.sides, value=float("-inf"))
        return super().forward(x)  # type: ignore[no-any-return]
