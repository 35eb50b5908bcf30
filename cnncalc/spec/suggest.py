"""The nearest known name, for messages."""

from __future__ import annotations

from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST = 100
_MOST = 1000


def nearest(text: str, known: Iterable[str]) -> str:
    """``; did you mean 'conv'?`` for the nearest known name, or nothing."""
    return _nearest(text[:_LONGEST], tuple(islice(known, _MOST)))


@lru_cache(maxsize=64)
def _nearest(text: str, known: tuple[str, ...]) -> str:
    from difflib import get_close_matches

    match = get_close_matches(text, known, n=1)
    return f"; did you mean '{match[0]}'?" if match else ""
