"""``config.json`` of vision models of Hugging Face: the network that its numbers describe, as transformers builds it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cnncalc.convert.hf.config import Config, Refused
from cnncalc.convert.hf.families import FAMILIES
from cnncalc.convert.tree import ConvertError, Unsupported
from cnncalc.convert.written import as_written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.layers.base import Shape


def convert(text: str, name: str, shapes: Sequence[Shape]) -> str:
    """The spec of a configuration: for classification, or for what its ``architectures`` says.

    Args:
        text: the file.
        name: a title, if the file has no name of a model.
        shapes: the size of the input, if another than the file's is wanted.

    Raises:
        ConvertError: it is none, or of a model that nobody here knows; tells what is in the way.
    """
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConvertError([Unsupported(f"not JSON: {error}", "")], name) from None
    kind = values.get("model_type") if isinstance(values, dict) else None
    if not isinstance(kind, str):
        raise ConvertError([Unsupported("this JSON has no model_type", "")], name)
    if kind not in FAMILIES:
        known = ", ".join(sorted(FAMILIES))
        raise ConvertError([Unsupported(f"model_type {kind}; there are {known}", "")], name)
    config = Config(values, kind, shapes[0] if shapes else None)
    with as_written("Hugging Face", name, lambda: config.place):
        try:
            return FAMILIES[kind](config)
        except Refused as refused:
            raise ConvertError([Unsupported(str(refused), config.place)], name) from None
