"""Sums, means and norms over axes in the notation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from cnncalc.convert.pytorch.functions.numbers import get, operands
from cnncalc.convert.pytorch.words import exact, number

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cnncalc.convert.pytorch.tracer import Function, Tracer


def _left(tracer: Tracer, tensor: torch.Tensor, dims: int | Sequence[int], *, keep: bool) -> int:
    """Where the batch stands when axes are gone, or are kept with size 1."""
    batch = tracer.batch_of(tensor)
    gone = [] if keep else [dims] if isinstance(dims, int) else dims
    return batch - sum(d % tensor.ndim < batch for d in gone)


def reduced(op: str, *, place: int = 1, words: tuple[tuple[str, str, Any], ...] = ()) -> Function:
    """A reduction over axes: ``place`` of the axes among the arguments; ``words``: argument, our name, default."""

    def run(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
        dims = get(args, kwargs, place, "dim")
        keep = bool(get(args, kwargs, place + 1, "keepdim", default=False))
        out = result[0] if isinstance(result, tuple) else result
        shape = tracer.shape_of(args[0])
        if dims is None:
            raise ValueError(f"{op} over the batch")
        listed, batch = tracer.axes(args[0], dims, op), _left(tracer, args[0], dims, keep=keep)
        said = [op]
        for name, ours, default in words:
            value = kwargs.get(name, default)
            said += [f"{ours}={number(exact(int(value)))}"] if value != default else []
        if listed != list(range(1, len(shape))):
            said.append(f"dim={listed[0] if len(listed) == 1 else '(' + ','.join(map(str, listed)) + ')'}")
        tracer.add(" ".join([*said, *(["keepdim"] if keep else [])]), [args[0]], out, batch=batch)

    return run


def vector_norm(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """``x.norm(p, dim)`` and ``torch.linalg.vector_norm``."""
    p = get(args, kwargs, 1, "p", kwargs.get("ord", 2))
    p = 2 if p in (None, "fro") else p
    if not isinstance(p, int | float) or not 0 < p < float("inf"):
        raise ValueError(f"a norm with p = {p}")
    op = "vectornorm" if p == 2 else f"vectornorm p={number(exact(p))}"  # noqa: PLR2004 (the usual norm)
    reduced(op, place=2)(tracer, args, kwargs, result)


def mean(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """``torch.mean``."""
    dims, keep = get(args, kwargs, 1, "dim"), get(args, kwargs, 2, "keepdim", default=False)
    shape = tracer.shape_of(args[0])
    if dims is None:
        raise ValueError("a mean over the batch")
    listed, batch = tracer.axes(args[0], dims, "mean"), _left(tracer, args[0], dims, keep=keep)
    usual = listed == list(range(1, len(shape)))
    if keep and usual:
        tracer.add("gap", [args[0]], result, batch=batch)
        return
    shown = "" if usual else f" dim={listed[0] if len(listed) == 1 else '(' + ','.join(map(str, listed)) + ')'}"
    tracer.add(f"mean{shown}{' keepdim' if keep else ''}", [args[0]], result, batch=batch)


def normalize(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """``F.normalize``."""
    if get(args, kwargs, 1, "p", 2.0) != 2.0:  # noqa: PLR2004 (the 2-norm)
        raise ValueError("a norm other than 2")
    text = tracer.along("l2norm", args[0], get(args, kwargs, 2, "dim", 1))
    tracer.add(text, [args[0]], result, batch=tracer.batch_of(args[0]))


def softmax(text: str) -> Callable[..., None]:
    """A function along one axis, such as ``F.softmax``."""

    def run(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
        said = tracer.along(text, args[0], get(args, kwargs, 1, "dim"))
        tracer.add(said, [args[0]], result, batch=tracer.batch_of(args[0]))

    return run


def extreme(op: str, merge: str) -> Function:
    """``torch.max`` and ``torch.min``: along an axis, whose places are not read, or of two tensors."""

    def run(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
        if isinstance(get(args, kwargs, 1, "other"), torch.Tensor):
            operands(tracer, merge, [args[0], get(args, kwargs, 1, "other")], result)
        else:
            reduced(op)(tracer, args, kwargs, result)

    return run
