"""ONNX models, read by the onnx library; sizes follow from our own layers, and the arithmetic of sizes is done on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnncalc.convert.builder import Builder
from cnncalc.convert.tree import ConvertError, Unsupported
from cnncalc.convert.written import as_written
from cnncalc.diagnostics import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.layers.base import Shape


def convert(data: bytes, name: str, shapes: Sequence[Shape]) -> str:
    """The spec of an ONNX model.

    Args:
        data: the file.
        name: a title, if the graph has none.
        shapes: sizes of the inputs without the batch, where the file leaves them open or others are wanted.

    Raises:
        MissingExtraError: onnx is not installed.
        ConvertError: it is no ONNX, or has what cannot be said; lists it with the names of nodes.
    """
    try:
        import onnx
        from onnx import inliner
    except ImportError:
        raise MissingExtraError("convert onnx needs onnx: pip install onnx") from None
    try:
        model: Any = onnx.load_model_from_string(data)
        if not model.graph.node and not model.graph.input:
            raise ValueError("it has no graph")
        if model.functions:
            model = inliner.inline_local_functions(model)
    except Exception as error:  # noqa: BLE001 (the library has no error of its own for what is no model)
        said = (str(error).splitlines() or [type(error).__name__])[0]
        raise ConvertError([Unsupported(f"not an ONNX model: {said}", "")], name) from None
    from cnncalc.convert.onnx_model.reader import Reader

    build = Builder(model.graph.name or name, "ONNX")
    with as_written("ONNX", name, lambda: build.place):
        return Reader(model, build, list(shapes)).text()
