"""The most memory that the tensors of a piece of work hold at once, each storage once, without work space in operations."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class TensorBytes(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Follows every storage that an operation returns from its making to its end; ``peak`` is the most at once.

    ``made``: bytes of all that was ever made; ``place``: where things are, as whoever runs them says; ``peaks``: the most at once for every place.
    """

    def __init__(self, known: Iterable[torch.Tensor] = ()) -> None:
        """Args: known: tensors that are there anyway and do not count."""
        super().__init__()  # type: ignore[no-untyped-call]
        self.live = 0
        self.peak = 0
        self.made = 0
        self.place = 0
        self.peaks: dict[int, int] = {}
        self.sizes: dict[int, int] = {}
        self.known = {_key(tensor) for tensor in known}

    def __torch_dispatch__(
        self, function: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Run an operation and note the storages of what it returns."""
        result = function(*args, **(kwargs or {}))
        for value in tree_leaves(result):
            if isinstance(value, torch.Tensor):
                self._note(value)
        return result

    def at(self, place: int) -> None:
        """Say where things are."""
        self.place = place

    def _note(self, value: torch.Tensor) -> None:
        storage = value.untyped_storage()
        key = _key(value)
        if key in self.known or key in self.sizes:
            return
        self.sizes[key] = storage.nbytes()
        self.live += storage.nbytes()
        self.made += storage.nbytes()
        self.peak = max(self.peak, self.live)
        self.peaks[self.place] = max(self.peaks.get(self.place, 0), self.live)
        weakref.finalize(storage, self._ended, key)

    def _ended(self, key: int) -> None:
        self.live -= self.sizes.pop(key, 0)


def _key(value: torch.Tensor) -> int:
    return int(value.untyped_storage()._cdata)  # noqa: SLF001 (torch's own identity of a storage)
