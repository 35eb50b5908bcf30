"""Caffe's prototxt: old and new layers, for training and for deployment, pooling with Caffe's own rounding."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cnncalc.convert.builder import Builder
from cnncalc.convert.caffe.reader import Reader
from cnncalc.convert.prototext import parse
from cnncalc.convert.written import as_written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.layers.base import Shape


def is_caffe(text: str) -> bool:
    """Whether a text looks like a prototxt."""
    return re.search(r"^\s*layers?\s*\{", text, re.MULTILINE) is not None


def convert(text: str, name: str, shapes: Sequence[Shape]) -> str:
    """The spec of a prototxt.

    Args:
        text: the file.
        name: a title, if the file has none.
        shapes: sizes of the inputs, for training files that do not say them.

    Raises:
        ConvertError: lists what cannot be said, with line numbers.
    """
    net = parse(text)
    build = Builder(str(net.get("name", name)) or name, "Caffe")
    with as_written("Caffe", name, lambda: build.place):
        return Reader(net, build, list(shapes)).text()
