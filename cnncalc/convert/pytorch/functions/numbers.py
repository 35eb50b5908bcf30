"""Arithmetic of PyTorch in the notation: functions of single numbers, operands of every shape."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import torch

from cnncalc.convert.pytorch.words import exact, number
from cnncalc.spec.printer import print_number

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnncalc.convert.pytorch.tracer import Function, Tracer


def get(args: Any, kwargs: dict[str, Any], place: int, name: str, default: Any = None) -> Any:
    """An argument, by its place or by its name."""
    return args[place] if len(args) > place else kwargs.get(name, default)


def alone(tracer: Tracer, text: str, tensor: torch.Tensor, result: Any) -> None:
    """Every number by itself: the batch stays where it is."""
    tracer.add(text, [tensor], result, batch=tracer.batch_of(tensor))


def element(text: str) -> Function:
    """A function of one tensor."""

    def run(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
        del kwargs
        alone(tracer, text, args[0], result)

    return run


def constant(tracer: Tracer, value: Any) -> torch.Tensor:
    """A number of the network's own, as an operand."""
    made = torch.empty(())
    tracer.values[id(made)] = tracer.own(f"number {number(exact(value))}", ())
    tracer.alive.append(made)
    return made


def operands(tracer: Tracer, operator: str, values: list[Any], result: Any) -> None:
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
    tracer.add(operator, tensors, result, merge=True, batch=tracer.batch_of(*tensors))


def binary(operator: str, *, turned: bool = False) -> Function:
    """A function of two operands; ``turned``: in the other order."""

    def run(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
        if kwargs.get("rounding_mode"):
            raise ValueError("a division that rounds")
        pair = [args[0], get(args, kwargs, 1, "other", kwargs.get("exponent"))]
        operands(tracer, operator, pair[::-1] if turned else pair, result)

    return run


POWERS = {2.0: "square", 0.5: "sqrt", -0.5: "rsqrt", -1.0: "reciprocal"}
"""Powers with a name of their own."""


def power(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """``x ** 2`` and others."""
    base, exponent = args[0], get(args, kwargs, 1, "exponent")
    if isinstance(exponent, int | float) and float(exponent) in POWERS:
        alone(tracer, POWERS[float(exponent)], base, result)
    else:
        operands(tracer, "pow", [base, exponent], result)


def clamp(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """``torch.clamp`` with numbers."""
    low, high = get(args, kwargs, 1, "min"), get(args, kwargs, 2, "max")
    if any(isinstance(limit, torch.Tensor) for limit in (low, high)):
        raise ValueError("clamp by tensors")
    limits = {"min": low, "max": high}
    words = [f"{name}={number(exact(limit))}" for name, limit in limits.items() if limit is not None]
    alone(tracer, " ".join(["clamp", *words]), args[0], result)


def one_limit(name: str) -> Function:
    """``clamp_min`` and ``clamp_max``."""

    def run(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
        clamp(tracer, args[:1], {name: get(args, kwargs, 1, name)}, result)

    return run


def activation(text: str, *settings: tuple[int, str, Any]) -> Callable[..., None]:
    """A function of one tensor; ``settings``: place, our name, default."""

    def run(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
        words = [text]
        for place, name, default in settings:
            value = get(args, kwargs, place, name, default)
            if value != default:
                words.append(f"{name}={number(exact(value))}")
        alone(tracer, " ".join(words), args[0], result)

    return run


def merge(operator: str) -> Callable[..., None]:
    """A function of two tensors, or of a tensor and a number."""

    def run(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
        a, b = args[0], get(args, kwargs, 1, "other")
        if kwargs.get("alpha", 1) != 1:
            raise ValueError(f"{operator} with alpha")
        if isinstance(a, torch.Tensor) and isinstance(b, torch.Tensor):
            merged(tracer, operator, [a, b], result)
            return
        tensor, constant = (a, b) if isinstance(a, torch.Tensor) else (b, a)
        value = {"add": constant, "sub": -constant if isinstance(constant, int | float) else 0, "mul": constant}[
            operator
        ]
        text = f"{'scale' if operator == 'mul' else 'shift'} {number(exact(float(value)))}"
        alone(tracer, text, tensor, result)

    return run


def merged(tracer: Tracer, operator: str, tensors: list[torch.Tensor], result: Any) -> None:
    """A merge; a constant of one number is none."""
    for place, tensor in enumerate(tensors):
        if operator in ("add", "mul") and tracer.known(tensor) is None and tensor.numel() == 1:
            value = exact(float(tensor))
            other = tensors[1 - place]
            alone(tracer, f"{'scale' if operator == 'mul' else 'shift'} {number(value)}", other, result)
            return
    operands(tracer, operator, tensors, result)


def div(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """A division, by a number as a scale."""
    divisor = get(args, kwargs, 1, "other")
    if isinstance(divisor, torch.Tensor) and tracer.known(divisor) is None and divisor.numel() == 1:
        divisor = float(divisor)
    if isinstance(divisor, torch.Tensor) or isinstance(args[0], int | float) or kwargs.get("rounding_mode"):
        binary("div")(tracer, args, kwargs, result)
        return
    value = 1 / Fraction(repr(float(divisor)))
    if value.numerator & (value.numerator - 1) or value.denominator & (value.denominator - 1):
        operands(tracer, "div", [args[0], divisor], result)  # a product with the reciprocal is rounded otherwise
        return
    alone(
        tracer,
        f"scale {value}" if value.denominator == 1 or _is_decimal(value) else f"scale ({value})",
        args[0],
        result,
    )


def _is_decimal(value: Any) -> bool:
    return "/" not in print_number(value)


def subtracted(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """``1 - x``, which PyTorch calls with x first."""
    tensor, other = args[0], get(args, kwargs, 1, "other")
    if kwargs.get("alpha", 1) != 1:
        raise ValueError("rsub with alpha")
    if isinstance(other, torch.Tensor):
        operands(tracer, "sub", [other, tensor], result)
        return
    if not other:
        alone(tracer, "scale -1", tensor, result)
        return
    negated = torch.empty_like(tensor)
    alone(tracer, "scale -1", tensor, negated)
    alone(tracer, f"shift {number(exact(float(other)))}", negated, result)


def sign(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """``torch.sign``: 1 above 0, -1 below."""
    del kwargs
    chosen = result
    for comparison, value in (("lt", -1), ("gt", 1)):
        truth, other = torch.empty_like(args[0]), chosen if chosen is not result else 0
        operands(tracer, comparison, [args[0], 0], truth)
        chosen = torch.empty_like(result) if comparison == "lt" else result
        operands(tracer, "where", [truth, value, other], chosen)


def neg(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """``-x``."""
    del kwargs
    alone(tracer, "scale -1", args[0], result)


def addcmul(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """``a + value * b * c``."""
    if kwargs.get("value", 1) != 1:
        raise ValueError("addcmul with a value")
    product = args[1] * args[2]
    operands(tracer, "mul", [args[1], args[2]], product)
    operands(tracer, "add", [args[0], product], result)


def gelu(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """``F.gelu``, exact or by its approximation."""
    alone(tracer, "gelu tanh" if kwargs.get("approximate") == "tanh" else "gelu", args[0], result)
