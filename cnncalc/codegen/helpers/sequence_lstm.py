"""Long short-term memory over a sequence."""

import torch
from torch import Tensor, nn


class SequenceLSTM(nn.LSTM):
    """``nn.LSTM`` without its states: batch x times x features in, and the same out.

    With ``last`` the last state of each direction, when it has read everything.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        last: bool = False,
        **options: object,
    ) -> None:
        """Sizes, ``last``, and the options of ``nn.LSTM``."""
        super().__init__(input_size, hidden_size, batch_first=True, **options)
        self.last = last

    def forward(self, x: Tensor) -> Tensor:  # type: ignore[override]
        """Read the sequence."""
        out, (hidden, _) = super().forward(x)
        directions = 2 if self.bidirectional else 1
        return torch.cat(list(hidden[-directions:]), dim=1) if self.last else out
