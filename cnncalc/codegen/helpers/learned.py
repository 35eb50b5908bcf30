"""A learned constant."""

import torch
from torch import nn


def learned(*shape: int, init: float = 0.0, std: float = 0.0) -> nn.Parameter:
    """A parameter that starts at ``init``, or is drawn around it with the standard deviation ``std``."""
    value = torch.full(shape, float(init))
    return nn.Parameter(value + std * torch.randn(shape) if std else value)
