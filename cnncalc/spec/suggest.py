"""The nearest known name, for messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(text: str, known: Iterable[str]) -> str:
    """``; did you mean 'conv'?`` for the nearest known name, or nothing."""
    from difflib import get_close_matches

    match = get_close_matches(text[:100], list(known), n=1)
    return f"; did you mean '{match[0]}'?" if match else ""
