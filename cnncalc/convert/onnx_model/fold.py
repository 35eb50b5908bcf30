"""Arithmetic of constants, which is mostly that of sizes, as numpy does it. Nothing larger than ``MOST`` numbers is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

MOST = 4_000_000
"""Numbers that a result has at most."""

_BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "Add": np.add, "Sub": np.subtract, "Mul": np.multiply, "Mod": np.mod, "Pow": np.power, "Max": np.maximum, "Min": np.minimum,
    "Equal": np.equal, "Less": np.less, "Greater": np.greater, "LessOrEqual": np.less_equal, "GreaterOrEqual": np.greater_equal,
    "And": np.logical_and, "Or": np.logical_or,
}  # fmt: skip
_UNARY: dict[str, Callable[[Any], Any]] = {
    "Identity": np.asarray, "Floor": np.floor, "Ceil": np.ceil, "Sqrt": np.sqrt, "Neg": np.negative, "Not": np.logical_not,
    "Abs": np.abs, "Exp": np.exp, "Log": np.log, "Reciprocal": np.reciprocal, "Round": np.round, "Sign": np.sign, "Size": np.size,
    "Sin": np.sin, "Cos": np.cos, "Tanh": np.tanh, "NonZero": lambda a: np.stack(np.nonzero(a)).astype(np.int64),
}  # fmt: skip


def folded(kind: str, given: Sequence[Any], values: Mapping[str, Any]) -> Any:
    """The result of an operator on constants; None if it is none that is folded.

    Args:
        kind: the operator.
        given: its inputs, as arrays of numpy; None for one that is left out.
        values: its attributes.
    """
    try:
        with np.errstate(all="ignore"):
            return _folded(kind, given, values)
    except (ValueError, TypeError, IndexError, KeyError, OverflowError):
        return None


def _folded(kind: str, given: Sequence[Any], values: Mapping[str, Any]) -> Any:
    if kind in _BINARY and len(given) == 2:  # noqa: PLR2004 (two operands)
        shape = np.broadcast_shapes(given[0].shape, given[1].shape)
        return np.asarray(_BINARY[kind](*given)) if _fits(shape) else None
    if kind == "Div":
        whole = np.issubdtype(given[0].dtype, np.integer)
        return np.asarray(np.trunc(given[0] / given[1]).astype(given[0].dtype) if whole else given[0] / given[1])
    if kind in _UNARY:
        return np.asarray(_UNARY[kind](given[0]))
    method = _OTHERS.get(kind)
    return None if method is None else method(given, values)


def _fits(shape: Any) -> bool:
    return int(np.prod([int(size) for size in shape], dtype=object) if len(shape) else 1) <= MOST


def _axes(given: Sequence[Any], values: Mapping[str, Any], place: int = 1) -> tuple[int, ...] | None:
    if len(given) > place and given[place] is not None:
        return tuple(int(axis) for axis in np.atleast_1d(given[place]))
    axes = values.get("axes")
    return None if axes is None else tuple(int(axis) for axis in axes)


def _reshape(given: Sequence[Any], values: Mapping[str, Any]) -> Any:
    shape = [given[0].shape[i] if d == 0 and not values.get("allowzero") else int(d) for i, d in enumerate(given[1])]
    return given[0].reshape(shape)


def _unsqueeze(given: Sequence[Any], values: Mapping[str, Any]) -> Any:
    return np.expand_dims(given[0], _axes(given, values) or ())


def _squeeze(given: Sequence[Any], values: Mapping[str, Any]) -> Any:
    return np.squeeze(given[0], _axes(given, values))


def _filled(given: Sequence[Any], values: Mapping[str, Any]) -> Any:
    value = values.get("value", 0)
    shape = tuple(int(size) for size in np.atleast_1d(given[0]))
    number = np.atleast_1d(value).reshape(-1)[0] if value is not None else 0
    return np.full(shape, number) if _fits(shape) and min(shape, default=1) >= 0 else None


def _expand(given: Sequence[Any], values: Mapping[str, Any]) -> Any:
    del values
    shape = np.broadcast_shapes(given[0].shape, tuple(int(size) for size in given[1]))
    return np.broadcast_to(given[0], shape).copy() if _fits(shape) else None


def _range(given: Sequence[Any], values: Mapping[str, Any]) -> Any:
    del values
    start, stop, step = (a.reshape(-1)[0] for a in given)
    return np.arange(start, stop, step) if step and abs((stop - start) / step) <= MOST else None


def _slice(given: Sequence[Any], values: Mapping[str, Any]) -> Any:
    starts: Any = values["starts"] if "starts" in values else given[1]
    ends: Any = values["ends"] if "ends" in values else given[2]
    axes = _axes(given, values, 3) or tuple(range(len(starts)))
    steps = given[4] if len(given) > 4 and given[4] is not None else [1] * len(starts)  # noqa: PLR2004 (the steps are the fifth)
    index = [slice(None)] * given[0].ndim
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        index[axis] = slice(int(start), None if step < 0 and end < -given[0].shape[axis] else int(end), int(step))
    return given[0][tuple(index)]


def _cast(given: Sequence[Any], values: Mapping[str, Any]) -> Any:
    from onnx import helper

    return given[0].astype(helper.tensor_dtype_to_np_dtype(int(values["to"])))


def _reduce(function: Callable[..., Any]) -> Callable[[Sequence[Any], Mapping[str, Any]], Any]:
    def run(given: Sequence[Any], values: Mapping[str, Any]) -> Any:
        return np.asarray(function(given[0], axis=_axes(given, values), keepdims=bool(values.get("keepdims", 1))))

    return run


def _scattered(given: Sequence[Any], values: Mapping[str, Any]) -> Any:
    if values.get("reduction", b"none") != b"none":
        return None
    made = given[0].copy()
    made[tuple(np.moveaxis(given[1], -1, 0))] = given[2]
    return made


def _dequantised(given: Sequence[Any], values: Mapping[str, Any]) -> Any:
    """Only the size counts: whole numbers as floats, without their scale."""
    del values
    return given[0].astype(np.float32)


_OTHERS: dict[str, Callable[[Sequence[Any], Mapping[str, Any]], Any]] = {
    "Reshape": _reshape, "Unsqueeze": _unsqueeze, "Squeeze": _squeeze, "ConstantOfShape": _filled, "Expand": _expand,
    "Range": _range, "Slice": _slice, "Cast": _cast, "DequantizeLinear": _dequantised, "QuantizeLinear": _dequantised,
    "Gather": lambda g, v: np.take(g[0], g[1].astype(np.int64), axis=int(v.get("axis", 0))) if _fits(g[1].shape) else None,
    "ScatterND": _scattered,
    "GatherND": lambda g, v: g[0][tuple(np.moveaxis(g[1], -1, 0))] if not v.get("batch_dims") and _fits(g[1].shape) else None,
    "Concat": lambda g, v: np.concatenate(g, axis=int(v["axis"])),
    "Transpose": lambda g, v: np.transpose(g[0], v.get("perm")),
    "Where": lambda g, v: np.where(*g) if _fits(np.broadcast_shapes(*(a.shape for a in g))) else None,
    "Flatten": lambda g, v: g[0].reshape(int(np.prod(g[0].shape[: v.get("axis", 1)])), -1),
    "CastLike": lambda g, v: g[0].astype(g[1].dtype),
    "ReduceProd": _reduce(np.prod), "ReduceSum": _reduce(np.sum), "ReduceMax": _reduce(np.max), "ReduceMin": _reduce(np.min),
    "ReduceMean": _reduce(np.mean),
    "Tile": lambda g, v: np.tile(g[0], g[1]) if _fits(tuple(np.multiply(g[0].shape, g[1]))) else None,
}  # fmt: skip
