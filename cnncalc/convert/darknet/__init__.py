"""Darknet's .cfg files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.convert.builder import Builder
from cnncalc.convert.darknet.reader import Reader
from cnncalc.convert.darknet.sections import is_darknet
from cnncalc.convert.written import as_written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.layers.base import Shape

__all__ = ["convert", "is_darknet"]


def convert(text: str, name: str, shapes: Sequence[Shape]) -> str:
    """The spec of a .cfg file.

    Raises:
        ConvertError: lists what cannot be said, with line numbers.
    """
    build = Builder(name, "Darknet")
    with as_written("Darknet", name, lambda: build.place):
        return Reader(text, build, shapes).text()
