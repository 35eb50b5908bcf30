"""Which format a file has, by what is in it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from cnncalc.diagnostics import Source, UsageError
from cnncalc.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.layers.base import Shape


def convert(data: bytes, name: str, form: str, shapes: Sequence[Shape]) -> str:
    """The spec of a file.

    Args:
        data: its bytes.
        name: its name, which becomes the title if it has none.
        form: darknet, caffe, keras, onnx, tflite, huggingface, ultralytics, or auto.
        shapes: sizes of the inputs, where the file does not say them or others are wanted.

    Raises:
        UsageError: nobody knows the format.
        ConvertError: lists what cannot be said, with its place.
    """
    title = printable(Path(name).stem) if name != "-" else "network"
    form = recognise(data) if form == "auto" else form
    if form == "onnx":
        from cnncalc.convert import onnx_model

        return onnx_model.convert(data, title, shapes)
    if form == "tflite":
        from cnncalc.convert import tflite

        return tflite.convert(data, title, shapes)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    if form == "darknet":
        from cnncalc.convert import darknet

        return darknet.convert(text, title, shapes)
    if form == "caffe":
        from cnncalc.convert import caffe

        return caffe.convert(text, title, shapes)
    if form == "ultralytics":
        from cnncalc.convert import ultralytics

        return ultralytics.convert(Source(printable(name), text), title, shapes)
    if form == "huggingface":
        from cnncalc.convert import hf

        return hf.convert(text, title, shapes)
    from cnncalc.convert import keras

    return keras.convert(text, title, shapes)


_SPEC = re.compile(rb"(?m)^(layers|cnncalc)[ \t]*:")
"""What only a spec has at the beginning of a line."""


def as_spec(path: str, data: bytes | None = None, shapes: Sequence[Shape] = ()) -> Source | None:
    """The spec of a file of another format, under a name that says so; None if the file is a spec, or nothing that we know.

    Args:
        path: its name.
        data: its bytes; without them they are read from the file, if it can be read.
        shapes: sizes of its inputs, where the file does not say them or others are wanted.

    Raises:
        ConvertError: it does something that a spec cannot say.
        MissingExtraError: what reads the format is not installed.
    """
    try:
        data = Path(path).read_bytes() if data is None else data
        form = "" if _SPEC.search(data) else recognise(data)
    except (OSError, UsageError):
        return None
    some_json = form == "keras" and b'"class_name"' not in data
    some_bytes = form == "onnx" and data[:1] != b"\x08"
    if not form or some_json or some_bytes:
        return None
    return Source(f"{path} (converted)", convert(data, path, form, shapes))


def recognise(data: bytes) -> str:
    """darknet, caffe, keras, onnx, tflite, huggingface or ultralytics.

    Raises:
        UsageError: it is none of them.
    """
    from cnncalc.convert import caffe, darknet
    from cnncalc.convert.ultralytics.rows import is_model

    if data[4:8] == b"TFL3":
        return "tflite"
    text = data[:1_000_000].decode("utf-8", errors="replace")
    if "\0" in text[:1000] or data[:1] == b"\x08":
        return "onnx"
    if text.lstrip()[:1] == "{":
        try:
            found = json.loads(data)
        except ValueError:
            pass
        else:
            return "huggingface" if "model_type" in found else "keras"
    if darknet.is_darknet(text):
        return "darknet"
    if caffe.is_caffe(text):
        return "caffe"
    if is_model(Source("", text)):
        return "ultralytics"
    raise UsageError(
        "this is no Darknet, Caffe, Keras, ONNX, TFLite, Hugging Face or Ultralytics network; name the format: cnncalc convert FORMAT FILE"
    )
