"""A file of TFLite as tensors and operations; nothing in it is taken for true before it is measured."""

from __future__ import annotations

from importlib import import_module
from math import prod
from typing import TYPE_CHECKING, Any

from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnncalc.layers.base import Shape

MOST = 50_000
"""Tensors, operations or inputs that are read, at most."""

AXES = 8

KINDS = {
    0: "float32",
    1: "float16",
    2: "int32",
    3: "uint8",
    4: "int64",
    6: "bool",
    7: "int16",
    9: "int8",
    10: "float64",
}
"""Types of tensors whose numbers are read, by their numbers in the schema."""

SMALL = (3, 9, 17)
"""Types of 8 bits or fewer."""


class Tensor(NamedTuple):
    """A tensor: ``data`` are the bytes of a constant, None of what is computed."""

    name: str
    dims: Shape
    kind: int
    data: Any

    def array(self) -> Any:
        """The numbers of a constant; None if there are none that can be read."""
        import numpy as np

        if self.data is None or self.kind not in KINDS:
            return None
        return np.frombuffer(self.data, dtype=KINDS[self.kind]).reshape(self.dims)


class Operation(NamedTuple):
    """An operation: its name in the schema, tensors by their places (-1: left out), and a table of settings."""

    kind: str
    inputs: list[int]
    outputs: list[int]
    options: Any

    def has(self, place: int) -> bool:
        """Whether it has such an input."""
        return len(self.inputs) > place and self.inputs[place] >= 0

    def option(self, key: str, usual: int = 0) -> int:
        """A setting that is a whole number."""
        return usual if self.options is None else int(getattr(self.options, key)())

    def number(self, key: str, usual: float) -> float:
        """A setting that is a number."""
        return usual if self.options is None else float(getattr(self.options, key)())


class Model(NamedTuple):
    """The first graph of a file."""

    tensors: list[Tensor]
    operations: list[Operation]
    inputs: list[int]
    outputs: list[int]


def read(data: bytes) -> Model:
    """The graph.

    Raises:
        ValueError: the file holds something else than it says; also what the tables raise that lie in it.
    """
    schema: Any = import_module("tflite")
    if data[4:8] != b"TFL3":
        raise ValueError("it does not begin as a TFLite file does")
    model = schema.Model.GetRootAs(data, 0)
    if not model.SubgraphsLength():
        raise ValueError("it has no graph")
    graph = model.Subgraphs(0)
    tensors = [_tensor(model, one) for one in _many(graph.TensorsLength(), graph.Tensors)]
    names = {number: word for word, number in vars(schema.BuiltinOperator).items() if not word.startswith("_")}
    codes = [_code(code, names) for code in _many(model.OperatorCodesLength(), model.OperatorCodes)]
    tables = {number: word for word, number in vars(schema.BuiltinOptions).items() if not word.startswith("_")}
    operations = []
    for one in _many(graph.OperatorsLength(), graph.Operators):
        inputs, outputs = _many(one.InputsLength(), one.Inputs), _many(one.OutputsLength(), one.Outputs)
        options = _options(schema, one, tables)
        operations.append(Operation(codes[one.OpcodeIndex()], inputs, outputs, options))
    found = Model(
        tensors, operations, _many(graph.InputsLength(), graph.Inputs), _many(graph.OutputsLength(), graph.Outputs)
    )
    _measured(found)
    return found


def _many(count: int, at: Callable[[int], Any]) -> list[Any]:
    if not 0 <= count <= MOST:
        raise ValueError(f"a list of {count}")
    return [at(place) for place in range(count)]


def _text(given: Any) -> str:
    return given.decode("utf-8", errors="replace") if isinstance(given, bytes) else ""


def _tensor(model: Any, tensor: Any) -> Tensor:
    dims = tuple(map(int, _many(tensor.ShapeLength(), tensor.Shape)))
    if len(dims) > AXES or any(size < 0 for size in dims):
        raise ValueError(f"a tensor of {dims}")
    data, place = None, tensor.Buffer()
    if 0 < place < model.BuffersLength():
        held = model.Buffers(place)
        data = memoryview(held.DataAsNumpy()) if held.DataLength() > 0 else None
    return Tensor(_text(tensor.Name()), dims, int(tensor.Type()), data)


def _code(code: Any, names: dict[int, str]) -> str:
    """The name of an operator; of one that is not TFLite's own behind ``CUSTOM``."""
    number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
    word = names.get(number, str(number))
    return f"CUSTOM {_text(code.CustomCode())}" if word == "CUSTOM" else word


def _options(schema: Any, operator: Any, tables: dict[int, str]) -> Any:
    word, table = tables.get(operator.BuiltinOptionsType(), "NONE"), operator.BuiltinOptions()
    if word == "NONE" or table is None:
        return None
    made = getattr(schema, word)()
    made.Init(table.Bytes, table.Pos)
    return made


def _measured(model: Model) -> None:
    """Every place of a tensor is one, and constants have as many bytes as they say."""
    count = len(model.tensors)
    places = [*model.inputs, *model.outputs]
    for operation in model.operations:
        places += [place for place in operation.inputs if place != -1]
        places += operation.outputs
    if any(not 0 <= place < count for place in places):
        raise ValueError("a tensor that is not there")
    wide = {"float16": 2, "int16": 2, "int64": 8, "float64": 8, "uint8": 1, "int8": 1, "bool": 1}
    for tensor in model.tensors:
        if tensor.data is not None and tensor.kind in KINDS:
            size = prod(tensor.dims) * wide.get(KINDS[tensor.kind], 4)
            if size != tensor.data.nbytes:
                raise ValueError(f"'{tensor.name}' has {tensor.data.nbytes} bytes, its size needs {size}")
