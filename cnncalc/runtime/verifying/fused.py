"""Attention and LSTMs that PyTorch runs as one operation, run as what they stand for: so that it is seen."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.graph import Node

FUSED = frozenset({"attention", "sdpa"})
"""Layers whose products run as one operation, which no counter sees and which may drop what is not a number."""


@contextmanager
def as_products(node: Node) -> Iterator[None]:
    """No operation of a layer is fused."""
    if node.op not in FUSED:
        yield
        return
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with sdpa_kernel(SDPBackend.MATH):
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)


RECURRENT = frozenset({"rnn", "lstm", "gru"})
"""Layers that run as a loop of operations."""


def in_the_open(module: nn.Module) -> nn.Module:
    """The module, with every LSTM run by PyTorch's own operations: oneDNN's keeps a work space that depends on the machine."""
    for part in module.modules():
        if isinstance(part, nn.LSTM):
            part.register_forward_pre_hook(_without)
            part.register_forward_hook(_with, always_call=True)
    return module


def _without(module: nn.LSTM, inputs: Any) -> None:
    del inputs
    module.fused = torch.backends.mkldnn.enabled
    torch.backends.mkldnn.set_flags(False)  # type: ignore[no-untyped-call]


def _with(module: nn.LSTM, inputs: Any, output: Any) -> None:
    del inputs, output
    torch.backends.mkldnn.set_flags(module.fused)  # type: ignore[no-untyped-call]
