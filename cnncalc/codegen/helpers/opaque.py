"""A place for an operation that the spec does not say."""

from torch import Tensor, nn


class Opaque(nn.Module):
    """A stub: put what gives values of this size, without the batch, in its place."""

    def __init__(self, size: tuple[int, ...]) -> None:
        """Keep the size."""
        super().__init__()
        self.size = size

    def forward(self, x: Tensor) -> Tensor:
        """Say what is missing."""
        message = f"a stub: what gives {(x.shape[0], *self.size)} of {tuple(x.shape)} belongs here"
        raise NotImplementedError(message)
