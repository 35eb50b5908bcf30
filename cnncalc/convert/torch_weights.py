"""Weights that are values of the network: fixed filters, and weights that the model computes before it uses them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from cnncalc.convert import torch_ops
from cnncalc.convert.torch_numbers import operands, own_shape
from cnncalc.convert.torch_ops import exact, number

if TYPE_CHECKING:
    from torch import Tensor

    from cnncalc.convert.torch_module import _Tracer
    from cnncalc.layers.base import Shape

MANY = 64
"""Values of a fixed filter that a spec writes out, at most."""


def fixed(tensor: Tensor, *, persistent: bool) -> str:
    """A buffer as a statement with its values, which repeat themselves; empty if too many differ, or they are no real numbers."""
    shape = own_shape(tensor)
    size = "x".join(map(str, shape)) or "scalar"
    leading = " leading" if len(shape) < tensor.ndim else ""
    transient = "" if persistent else " transient"
    numbers = tensor.detach().flatten()
    period = next((n for n in range(1, min(MANY, len(numbers)) + 1) if _repeats(numbers, n)), 0)
    if not period or not tensor.is_floating_point():
        return ""
    values = ",".join(number(exact(float(value))) for value in numbers[:period])
    given = f" values={values}" if period == 1 else f" values=({values})"
    return f"buffer {size}{given}{leading}{transient}"


def _repeats(numbers: Tensor, period: int) -> bool:
    return len(numbers) % period == 0 and torch.equal(numbers, numbers[:period].repeat(len(numbers) // period))


def weighted(tracer: _Tracer, op: str, like: Any, sizes: tuple[Shape, Shape], pair: tuple[Tensor, Tensor]) -> None:
    """Note a convolution or linear layer whose weight is a value.

    Args:
        tracer: of the model that runs.
        op: conv, convtranspose or linear.
        like: its settings, as a module has them.
        sizes: what enters and what leaves.
        pair: the tensor that enters, and the one that leaves.

    Raises:
        ValueError: the weight, or the bias, is no value that the network has.
    """
    weight, bias = tracer.known(like.weight), tracer.known(getattr(like, "bias", None))
    if weight is None or (bias is None and getattr(like, "bias", None) is not None):
        raise ValueError(f"{op} with weights that are computed, or are none of the model's")
    torch_ops.complete(op, like)
    like.bias = None
    words = torch_ops.text_of(op, like, *sizes).split()
    text = " ".join(word for word in words if word != "nobias")
    named = " weight={0}" if bias is None else " weight={0} bias={1}"
    tracer.add(text + named, pair[:1], pair[1], references=[weight] if bias is None else [weight, bias])


def normalised(tracer: _Tracer, given: dict[str, Any], result: Tensor) -> None:
    """A weight that batch normalisation standardises, once per network: ``bn`` without parameters, then its scale.

    Raises:
        ValueError: it has running statistics or a shift.
    """
    if given.get("running_mean") is not None or given.get("bias") is not None:
        raise ValueError("batch_norm of a weight with running statistics, or a shift")
    epsilon = f" eps={number(exact(float(given.get('eps', 1e-5))))}"
    text = f"bn noaffine track_running_stats=false{epsilon}"
    scale = given.get("weight")
    if scale is None:
        tracer.add(text, [given["input"]], result)
        return
    plain, column = torch.empty_like(result), torch.empty(len(scale), *[1] * (result.ndim - 2))
    tracer.add(text, [given["input"]], plain)
    tracer.add(f"reshape {'x'.join(map(str, column.shape))}", [scale], column)
    operands(tracer, "mul", [plain, column], result)
