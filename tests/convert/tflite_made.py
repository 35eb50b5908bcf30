"""Small TFLite models, made by hand with the builder of the schema."""

from __future__ import annotations

import flatbuffers
import numpy as np
import tflite

TYPES = {"float32": 0, "float16": 1, "int32": 2, "uint8": 3, "int64": 4, "int8": 9}


def model(tensors, operations, entering, leaving):
    """The bytes of a model.

    ``tensors``: by names an array (a constant) or a size (a value of floats), or a pair of size and type.
    ``operations``: (kind, inputs, outputs, options, settings); a kind in small letters is somebody's own.
    """
    b = flatbuffers.Builder(1024)
    names, kinds = list(tensors), list(dict.fromkeys(one[0] for one in operations))
    buffers = [
        _buffer(b, None),
        *(_buffer(b, value if isinstance(value, np.ndarray) else None) for value in tensors.values()),
    ]
    made = [_tensor(b, name, value, place) for place, (name, value) in enumerate(tensors.items(), 1)]
    codes = [_code(b, kind) for kind in kinds]
    steps = [_operation(b, one, names, kinds) for one in operations]
    parts = [
        _offsets(b, made),
        _whole(b, [names.index(n) for n in entering]),
        _whole(b, [names.index(n) for n in leaving]),
        _offsets(b, steps),
    ]
    tflite.SubGraphStart(b)
    for add, part in zip(("Tensors", "Inputs", "Outputs", "Operators"), parts, strict=True):
        getattr(tflite, f"SubGraphAdd{add}")(b, part)
    graph = _offsets(b, [tflite.SubGraphEnd(b)])
    codes, buffers = _offsets(b, codes), _offsets(b, buffers)
    tflite.ModelStart(b)
    tflite.ModelAddVersion(b, 3)
    tflite.ModelAddOperatorCodes(b, codes)
    tflite.ModelAddSubgraphs(b, graph)
    tflite.ModelAddBuffers(b, buffers)
    b.Finish(tflite.ModelEnd(b), b"TFL3")
    return bytes(b.Output())


def one(kind, sizes, constants=(), leaving=(1,), options=None, outputs=1, **settings):
    """A model of one operator: its values, then its constants, in the order of ``sizes`` and ``constants``."""
    values = {f"x{i}": size for i, size in enumerate(sizes)}
    given = dict(constants)
    ends = {f"y{i}": leaving for i in range(outputs)}
    inputs = settings.pop("inputs", [*values, *given])
    return model(values | given | ends, [(kind, inputs, list(ends), options, settings)], list(values), list(ends))


def _buffer(b, array):
    data = None if array is None else b.CreateByteVector(array.tobytes())
    tflite.BufferStart(b)
    if data is not None:
        tflite.BufferAddData(b, data)
    return tflite.BufferEnd(b)


def _tensor(b, name, value, place):
    size, kind = (value.shape, str(value.dtype)) if isinstance(value, np.ndarray) else (value, "float32")
    if size and isinstance(size[0], tuple):
        size, kind = size
    text, dims = b.CreateString(name), _whole(b, size)
    tflite.TensorStart(b)
    tflite.TensorAddShape(b, dims)
    tflite.TensorAddType(b, TYPES[kind])
    tflite.TensorAddBuffer(b, place)
    tflite.TensorAddName(b, text)
    return tflite.TensorEnd(b)


def _code(b, kind):
    own = b.CreateString(kind) if kind.islower() else None
    number = tflite.BuiltinOperator.CUSTOM if own is not None else getattr(tflite.BuiltinOperator, kind)
    tflite.OperatorCodeStart(b)
    tflite.OperatorCodeAddDeprecatedBuiltinCode(b, min(number, 127))
    tflite.OperatorCodeAddBuiltinCode(b, number)
    if own is not None:
        tflite.OperatorCodeAddCustomCode(b, own)
    return tflite.OperatorCodeEnd(b)


def _operation(b, given, names, kinds):
    kind, inputs, outputs, options, settings = given
    table = None
    if options:
        getattr(tflite, f"{options}Start")(b)
        for key, value in settings.items():
            getattr(tflite, f"{options}Add{key}")(b, value)
        table = getattr(tflite, f"{options}End")(b)
    entering, leaving = (_whole(b, [names.index(n) if n else -1 for n in part]) for part in (inputs, outputs))
    tflite.OperatorStart(b)
    tflite.OperatorAddOpcodeIndex(b, kinds.index(kind))
    tflite.OperatorAddInputs(b, entering)
    tflite.OperatorAddOutputs(b, leaving)
    if options:
        tflite.OperatorAddBuiltinOptionsType(b, getattr(tflite.BuiltinOptions, options))
        tflite.OperatorAddBuiltinOptions(b, table)
    return tflite.OperatorEnd(b)


def _whole(b, numbers):
    b.StartVector(4, len(numbers), 4)
    for number in reversed(numbers):
        b.PrependInt32(number)
    return b.EndVector()


def _offsets(b, offsets):
    b.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        b.PrependUOffsetTRelative(offset)
    return b.EndVector()
