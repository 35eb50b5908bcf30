"""TFLite models, read through the schema of the tflite package. Sizes become channels first; padding ``same`` stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.convert.builder import Builder
from cnncalc.convert.written import as_written
from cnncalc.extras import need

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.layers.base import Shape


def convert(data: bytes, name: str, shapes: Sequence[Shape]) -> str:
    """The spec of a TFLite model.

    Args:
        data: the file.
        name: a title.
        shapes: sizes of the inputs, channels first, where others than those of the file are wanted.

    Raises:
        MissingExtraError: tflite is not installed.
        ConvertError: it is no TFLite, or has what cannot be said; lists it with the places of operators.
    """
    need("tflite", "convert tflite", "tflite")
    from cnncalc.convert.tflite.file import read
    from cnncalc.convert.tflite.reader import Reader

    build = Builder(name, "TFLite")
    with as_written("TFLite", name, lambda: build.place):
        return Reader(read(data), build, list(shapes)).text()
