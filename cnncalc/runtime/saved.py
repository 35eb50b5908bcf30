"""What autograd keeps for the backward pass, measured: unique storages, weights and buffers left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import torch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor, nn


class Saved:
    """Collects what ``saved_tensors_hooks`` shows, each storage once, in the order of its first use.

    Source: torch.autograd.graph.saved_tensors_hooks; a view counts as the whole storage that it keeps alive.
    """

    def __init__(self, module: nn.Module) -> None:
        """Know the storages that are there anyway."""
        owned = [*module.parameters(), *module.buffers()]
        self.owned = {_key(value) for value in owned}
        self.storages: dict[int, int] = {}
        self.kept: list[Tensor] = []

    def pack(self, value: Tensor) -> Tensor:
        """Note a tensor; what is kept is detached, since an output that its own operation keeps would hold itself for ever."""
        key = _key(value)
        if key not in self.owned and key not in self.storages:
            self.storages[key] = value.untyped_storage().nbytes()
            self.kept.append(value.detach())
        return value.detach()

    def __enter__(self) -> Self:
        """Begin to listen."""
        self.hooks = torch.autograd.graph.saved_tensors_hooks(self.pack, _same)
        self.hooks.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        """Stop listening."""
        self.hooks.__exit__(*error)

    @property
    def total(self) -> int:
        """Bytes of all storages."""
        return sum(self.storages.values())


def saved_bytes(module: nn.Module, inputs: Sequence[Tensor]) -> int:
    """Bytes that one forward pass keeps for the backward pass."""
    with Saved(module) as saved:
        output = module(*inputs)
    del output
    return saved.total


def _key(value: Tensor) -> int:
    return int(value.untyped_storage()._cdata)  # noqa: SLF001 (torch's own identity of a storage)


def _same(value: Any) -> Any:
    return value
