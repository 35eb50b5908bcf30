"""Functional layers on parameters, and on weights that are values of the network."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import torch

from cnncalc.convert.pytorch.functions.numbers import get, operands
from cnncalc.convert.pytorch.functions.sizes import whole
from cnncalc.convert.pytorch.modules import complete, text_of
from cnncalc.convert.pytorch.words import exact, number

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from cnncalc.convert.pytorch.tracer import Tracer
    from cnncalc.layers.base import Shape


def on_parameters(op: str, *names: str) -> Callable[..., None]:
    """A functional layer: the name of its weight in the network is its own. ``names``: of the arguments in order."""

    def run(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
        given = {**dict(zip(("input", *names), args, strict=False)), **kwargs}
        given.pop("training", None)
        if op == "batchnorm" and tracer.known(given["input"]) in tracer.once:
            normalised(tracer, given, result)
            return
        like = SimpleNamespace(**given)
        entering, leaving = tracer.shape_of(given["input"]), tracer.shape_of(result)
        _layer(tracer, op, like, (entering, leaving), (given["input"], result))

    return run


def weighted(tracer: Tracer, op: str, like: Any, sizes: tuple[Shape, Shape], pair: tuple[Tensor, Tensor]) -> None:
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
    weight = tracer.known(whole(tracer, like.weight))
    complete(op, like)
    like.bias = None
    words = text_of(op, like, *sizes).split()
    text = " ".join(word for word in words if word != "nobias")
    named = " weight={0}" if bias is None else " weight={0} bias={1}"
    tracer.add(text + named, pair[:1], pair[1], references=[value for value in (weight, bias) if value is not None])


def normalised(tracer: Tracer, given: dict[str, Any], result: Tensor) -> None:
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


def _layer(tracer: Tracer, op: str, like: Any, sizes: tuple[Shape, Shape], pair: tuple[Tensor, Tensor]) -> None:
    """Note a functional layer on parameters of the model: ``like`` has the settings that a module would have.

    Raises:
        ValueError: the parameters are none of the model's, or have other names than in a module of their own.
    """
    tensors = (getattr(like, name, None) for name in ("weight", "bias", "running_mean"))
    path = tracer.tensors.get(id(next((tensor for tensor in tensors if tensor is not None), None)), "")
    owner, _, name = path.rpartition(".")
    if name not in ("weight", "bias", "running_mean"):
        if op in ("conv", "linear"):
            weighted(tracer, op, like, sizes, pair)
            return
        raise ValueError(f"{op} with weights that are computed, or have another name than in a module of their own")
    scope = tracer.stack[-1]
    inside = owner == scope.path and scope is not tracer.root
    local = "" if inside else tracer.local(owner)
    if not inside and not local:
        raise ValueError(f"{op} on parameters of the outermost module")
    complete(op, like)
    made = tracer.add(text_of(op, like, *sizes), pair[:1], pair[1], name=local)
    made.owns = True
    scope.inline = scope.inline or inside
    if not inside:
        tracer.calls.setdefault(owner, []).append(made)


def weight_norm(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """A direction times a length, once per network: ``g * v / |v|``, the norm over all axes but one."""
    v, g, dim = whole(tracer, args[0]), whole(tracer, get(args, kwargs, 1, "g")), get(args, kwargs, 2, "dim", 0)
    others = [axis for axis in range(args[0].ndim) if axis != dim]
    length = torch.empty_like(result)
    tracer.add(f"vectornorm dim=({','.join(map(str, others))}) keepdim", [v], length)
    factor = torch.empty_like(result)
    operands(tracer, "div", [g, length], factor)
    operands(tracer, "mul", [v, factor], result)
