"""How many threads torch works with."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def threads(number: int | None) -> Iterator[None]:
    """Work with this number of threads; None leaves it as it is.

    With one, work gives the same bits every time: with more, libraries share a sum among as many as are free at the moment.
    """
    before = torch.get_num_threads()
    if number is not None:
        torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)
