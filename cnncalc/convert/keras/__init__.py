"""Keras models as JSON, of Keras 2 and 3, sequential and functional. Sizes become channels first; padding ``same`` stays."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cnncalc.convert.builder import Builder
from cnncalc.convert.keras.reader import Reader
from cnncalc.convert.tree import ConvertError, Unsupported
from cnncalc.convert.written import as_written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.layers.base import Shape


def convert(text: str, name: str, shapes: Sequence[Shape]) -> str:
    """The spec of a model's JSON.

    Args:
        text: what ``model.to_json()`` gives.
        name: a title, if the model has none.
        shapes: sizes of the inputs, channels first, for models that leave them open.

    Raises:
        ConvertError: lists what cannot be said, with the names of layers.
    """
    try:
        model = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConvertError([Unsupported(f"not JSON: {error}", "")], name) from None
    config = model.get("config") if isinstance(model, dict) else None
    if isinstance(config, list):
        config = {"layers": config}
    if not isinstance(config, dict) or not isinstance(config.get("layers"), list):
        raise ConvertError([Unsupported("this JSON is no Keras model: it has no config with layers", "")], name)
    build = Builder(str(config.get("name") or name), "Keras")
    with as_written("Keras", name, lambda: build.place):
        return Reader(config, build, list(shapes), functional="input_layers" in config).text()
