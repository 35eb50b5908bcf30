"""Attention that PyTorch runs as one operation, run as the products that it stands for: so that they are seen."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch
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
