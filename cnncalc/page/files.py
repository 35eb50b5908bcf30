"""The files of this folder that pages are made of."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent


def text_of(name: str) -> str:
    """A file as text."""
    return (FOLDER / name).read_text(encoding="utf-8")
