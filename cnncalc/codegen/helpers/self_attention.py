"""Self-attention."""

from torch import Tensor, nn


class SelfAttention(nn.MultiheadAttention):
    """Multi-head attention of a sequence to itself; input and output are batch x tokens x features."""

    def __init__(self, embed_dim: int, num_heads: int, *, bias: bool = True) -> None:
        """Projections for queries, keys, values and the output."""
        super().__init__(embed_dim, num_heads, bias=bias, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:  # type: ignore[override]
        """Attend; the attention weights are not returned."""
        return super().forward(x, x, x, need_weights=False)[0]
