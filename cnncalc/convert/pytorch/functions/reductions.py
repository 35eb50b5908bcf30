"""Sums, means and norms over axes in the notation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnncalc.convert.pytorch.functions.numbers import get
from cnncalc.convert.pytorch.words import dimension, exact, number

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

    from cnncalc.convert.pytorch.tracer import Function, Tracer


def own_axes(tracer: Tracer, tensor: torch.Tensor, dims: Any) -> tuple[list[int], int]:
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

    def run(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
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
    try:
        listed, batch = own_axes(tracer, args[0], dims)
    except ValueError:
        raise ValueError("a mean over the batch") from None
    usual = listed == list(range(1, len(shape)))
    if keep and usual:
        tracer.add("gap", [args[0]], result)
        return
    shown = "" if usual else f" dim={listed[0] if len(listed) == 1 else '(' + ','.join(map(str, listed)) + ')'}"
    batch = tracer.batch_at.get(id(args[0]), 0) if keep else batch
    tracer.add(f"mean{shown}{' keepdim' if keep else ''}", [args[0]], result, batch=batch)


def normalize(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """``F.normalize``."""
    if get(args, kwargs, 1, "p", 2.0) != 2.0:  # noqa: PLR2004 (the 2-norm)
        raise ValueError("a norm other than 2")
    tracer.add(dimension("l2norm", get(args, kwargs, 2, "dim", 1), tracer.shape_of(args[0])), [args[0]], result)


def softmax(text: str) -> Callable[..., None]:
    """A function along one axis, such as ``F.softmax``."""

    def run(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
        tracer.add(dimension(text, get(args, kwargs, 1, "dim"), tracer.shape_of(args[0])), [args[0]], result)

    return run
