"""Arithmetic of PyTorch in the notation: functions of single numbers, sums over axes, operands of every shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from cnncalc.convert.torch_ops import exact, number
from cnncalc.convert.tree import Op

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnncalc.convert.torch_module import _Tracer

    Function = Callable[[_Tracer, Any, dict[str, Any], Any], None]


def own_shape(tensor: torch.Tensor) -> tuple[int, ...]:
    """The shape of a tensor that exists once per network: an axis of size 1 in front stands for the batch."""
    return tuple(tensor.shape[1:] if tensor.ndim > 1 and tensor.shape[0] == 1 else tensor.shape)


def get(args: Any, kwargs: dict[str, Any], place: int, name: str, default: Any = None) -> Any:
    """An argument, by its place or by its name."""
    return args[place] if len(args) > place else kwargs.get(name, default)


def element(text: str) -> Function:
    """A function of one tensor."""

    def run(tracer: _Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
        del kwargs
        tracer.add(text, [args[0]], result)

    return run


def constant(tracer: _Tracer, value: Any) -> torch.Tensor:
    """A number of the network's own, as an operand."""
    made = torch.empty(())
    tracer.values[id(made)] = len(tracer.shapes)
    tracer.alive.append(made)
    tracer.shapes.append(())
    tracer.once.add(len(tracer.shapes) - 1)
    op = Op(f"number {number(exact(value))}", [], len(tracer.shapes) - 1, None, shape=())
    tracer.stack[-1].items.append(op)
    return made


def operands(tracer: _Tracer, operator: str, values: list[Any], result: Any) -> None:
    """An operation on tensors and numbers.

    Raises:
        ValueError: tensors of samples have different numbers of axes.
    """
    tensors = [value if isinstance(value, torch.Tensor) else constant(tracer, value) for value in values]
    tensors = [constant(tracer, float(t)) if tracer.known(t) is None and t.numel() == 1 else t for t in tensors]
    known = [k for t in tensors if (k := tracer.known(t)) is not None]
    ranks = {len(tracer.shapes[k]) for k in known if k not in tracer.once}
    if len(ranks) > 1 or any(len(tracer.shapes[k]) > max(ranks, default=9) for k in known):
        raise ValueError(f"{operator} of tensors with different numbers of axes")
    tracer.add(operator, tensors, result, merge=True)


def binary(operator: str, *, turned: bool = False) -> Function:
    """A function of two operands; ``turned``: in the other order."""

    def run(tracer: _Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
        if kwargs.get("rounding_mode"):
            raise ValueError("a division that rounds")
        pair = [args[0], get(args, kwargs, 1, "other", kwargs.get("exponent"))]
        operands(tracer, operator, pair[::-1] if turned else pair, result)

    return run


POWERS = {2.0: "square", 0.5: "sqrt", -0.5: "rsqrt", -1.0: "reciprocal"}
"""Powers with a name of their own."""


def power(tracer: _Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """``x ** 2`` and others."""
    base, exponent = args[0], get(args, kwargs, 1, "exponent")
    if isinstance(exponent, int | float) and float(exponent) in POWERS:
        tracer.add(POWERS[float(exponent)], [base], result)
    else:
        operands(tracer, "pow", [base, exponent], result)


def clamp(tracer: _Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """``torch.clamp`` with numbers."""
    low, high = get(args, kwargs, 1, "min"), get(args, kwargs, 2, "max")
    if any(isinstance(limit, torch.Tensor) for limit in (low, high)):
        raise ValueError("clamp by tensors")
    limits = {"min": low, "max": high}
    words = [f"{name}={number(exact(limit))}" for name, limit in limits.items() if limit is not None]
    tracer.add(" ".join(["clamp", *words]), [args[0]], result)


def one_limit(name: str) -> Function:
    """``clamp_min`` and ``clamp_max``."""

    def run(tracer: _Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
        clamp(tracer, args[:1], {name: get(args, kwargs, 1, name)}, result)

    return run


def own_axes(tracer: _Tracer, tensor: torch.Tensor, dims: Any) -> tuple[list[int], int]:
    """Axes of a tensor as its value has them, and where its batch stands when they are gone.

    Raises:
        ValueError: one is the batch.
    """
    shape = tracer.shape_of(tensor)
    given = sorted(d % tensor.ndim for d in ([dims] if isinstance(dims, int) else dims))
    if tracer.known(tensor) in tracer.once:
        missing = tensor.ndim - len(shape)
        if given and given[0] < missing:
            raise ValueError("over the batch")
        return [d - missing for d in given], 0
    batch = tracer.batch_at.get(id(tensor), 0)
    if batch in given:
        raise ValueError("over the batch")
    return [d - (d > batch) for d in given], batch - sum(d < batch for d in given)


def reduced(op: str, *, place: int = 1, words: tuple[tuple[str, str, Any], ...] = ()) -> Function:
    """A reduction over axes: ``place`` of the axes among the arguments; ``words``: argument, our name, default."""

    def run(tracer: _Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
        dims = get(args, kwargs, place, "dim")
        keep = bool(get(args, kwargs, place + 1, "keepdim", default=False))
        out = result[0] if isinstance(result, tuple) else result
        shape = tracer.shape_of(args[0])
        if dims is None:
            raise ValueError(f"{op} over the batch")
        try:
            listed, batch = own_axes(tracer, args[0], dims)
        except ValueError as error:
            raise ValueError(f"{op} {error}") from None
        batch = tracer.batch_at.get(id(args[0]), 0) if keep else batch
        said = [op]
        for name, ours, default in words:
            value = kwargs.get(name, default)
            said += [f"{ours}={number(exact(int(value)))}"] if value != default else []
        if listed != list(range(1, len(shape))):
            said.append(f"dim={listed[0] if len(listed) == 1 else '(' + ','.join(map(str, listed)) + ')'}")
        tracer.add(" ".join([*said, *(["keepdim"] if keep else [])]), [args[0]], out, batch=batch)

    return run


def vector_norm(tracer: _Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """``x.norm(p, dim)`` and ``torch.linalg.vector_norm``."""
    p = get(args, kwargs, 1, "p", kwargs.get("ord", 2))
    p = 2 if p in (None, "fro") else p
    if not isinstance(p, int | float) or not 0 < p < float("inf"):
        raise ValueError(f"a norm with p = {p}")
    op = "vectornorm" if p == 2 else f"vectornorm p={number(exact(p))}"  # noqa: PLR2004 (the usual norm)
    reduced(op, place=2)(tracer, args, kwargs, result)


def expanded(tracer: _Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """Axes of 1 that are stretched; a parameter repeated for every sample is the parameter."""
    del kwargs
    known = tracer.known(args[0])
    if known is None or known not in tracer.once:
        shape, leaving = tracer.shape_of(args[0]), tuple(result.shape[1:])
        if len(shape) != len(leaving):
            raise ValueError("expand along new axes")
        if shape == leaving:
            tracer.alias(args[0], result)
        else:
            tracer.add(f"expand {'x'.join(map(str, leaving))}", [args[0]], result)
        return
    shape = tracer.shapes[known]
    if result.shape[0] == tracer.batch and tuple(result.shape[1:]) == shape:
        tracer.alias(args[0], result)
        tracer.widened.add(id(result))
        return
    leaving = own_shape(result)
    tensor, whole = args[0], (*(1,) * (len(leaving) - len(shape)), *shape)
    if len(whole) > len(leaving):
        raise ValueError("expand along axes")
    if whole != shape:
        tensor = tracer.step(f"reshape {'x'.join(map(str, whole))}", tensor, whole, 1)
    tracer.add(f"expand {'x'.join(map(str, leaving))}", [tensor], result)


NUMBERS: dict[str, Function] = {
    **{name: element(name) for name in ("sqrt", "rsqrt", "square", "abs", "exp", "log", "sin", "cos", "erf", "reciprocal")},
    "pow": power, "clamp": clamp, "clip": clamp, "clamp_min": one_limit("min"), "clamp_max": one_limit("max"),
    "maximum": binary("max"), "minimum": binary("min"), "rtruediv": binary("div", turned=True), "rdiv": binary("div", turned=True),
    "sum": reduced("sum"), "amax": reduced("amax"), "amin": reduced("amin"), "logsumexp": reduced("logsumexp"),
    "var": reduced("var", words=(("correction", "correction", 1), ("unbiased", "correction", True))),
    "std": reduced("std", words=(("correction", "correction", 1), ("unbiased", "correction", True))),
    "argmax": reduced("argmax"), "norm": vector_norm, "vector_norm": vector_norm, "expand": expanded,
}  # fmt: skip

"""By the name of the function."""
