"""Values side by side, and their parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnncalc.convert.pytorch.functions.numbers import get
from cnncalc.convert.pytorch.functions.sizes import same
from cnncalc.convert.pytorch.words import own_shape

if TYPE_CHECKING:
    import torch

    from cnncalc.convert.pytorch.tracer import Tracer


def cat(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """``torch.cat``."""
    tensors = list(get(args, kwargs, 0, "tensors"))
    dim = get(args, kwargs, 1, "dim", 0)
    if all(tracer.known(tensor) in tracer.once for tensor in tensors):
        _cat_own(tracer, tensors, dim, result)
        return
    sample = next(tensor for tensor in tensors if tracer.known(tensor) not in tracer.once)
    (axis,) = tracer.axes(sample, dim, "cat")
    batch = tracer.batch_of(*tensors)
    tracer.add("concat", tensors, result, merge=True, arguments=f"dim={axis}" if axis else "", batch=batch)


def hstack(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """``torch.hstack``."""
    cat(tracer, (get(args, kwargs, 0, "tensors"), 1), {}, result)


def _cat_own(tracer: Tracer, tensors: list[torch.Tensor], dim: int, result: torch.Tensor) -> None:
    """Values of the network's own side by side, each with all the axes of the result."""
    leaving = own_shape(result)
    missing = result.ndim - len(leaving)
    axis = dim % result.ndim - missing
    lifted = []
    for tensor in tensors:
        wanted = tuple(tensor.shape[missing:])
        lacks = tracer.shape_of(tensor) != wanted
        lifted.append(tracer.step(f"reshape {'x'.join(map(str, wanted))}", tensor, wanted, 1) if lacks else tensor)
    tracer.add("concat", lifted, result, merge=True, arguments=f"dim={axis}" if axis else "")


def stack(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """Side by side on a new axis, also in front of the batch."""
    tensors, dim = list(get(args, kwargs, 0, "tensors")), get(args, kwargs, 1, "dim", 0) % result.ndim
    shape, times = tracer.shape_of(tensors[0]), tracer.times_of(tensors[0])
    batch = tracer.batch_at.get(id(tensors[0]), 0)
    if all(tracer.known(tensor) in tracer.once for tensor in tensors) or any(
        tracer.batch_at.get(id(tensor), 0) != batch for tensor in tensors
    ):
        raise ValueError("stack of values that lie otherwise")
    axis = max(0, dim - (dim > batch))
    wide = (*shape[:axis], 1, *shape[axis:])
    lifted = [tracer.step("unsqueeze" + (f" {axis}" if axis else ""), tensor, wide, times) for tensor in tensors]
    place = batch + (dim <= batch)
    tracer.add("concat", lifted, result, merge=True, arguments=f"dim={axis}" if axis else "", batch=place)


def unbind(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """``torch.unbind``: every part without the axis."""
    dim = get(args, kwargs, 1, "dim", 0) % args[0].ndim
    batch = tracer.batch_at.get(id(args[0]), 0)
    if dim == batch:
        raise ValueError("unbind of the batch")
    own, after = dim - (dim > batch), batch - (dim < batch)
    for index, part in enumerate(result):
        tracer.add(f"unbind {index}" + (f" {own}" if own else ""), [args[0]], part, batch=after)


def chunk(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """``torch.chunk``."""
    count, dim = get(args, kwargs, 1, "chunks"), get(args, kwargs, 2, "dim", 0)
    for index, part in enumerate(result):
        text = tracer.along(f"chunk {count} {index}", args[0], dim)
        tracer.add(text, [args[0]], part, batch=tracer.batch_of(args[0]))


def split(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """``torch.split``, in equal parts or not."""
    dim = get(args, kwargs, 2, "dim", 0)
    start = 0
    for part in result:
        size = part.shape[dim]
        text = tracer.along(f"slice {start} {start + size}", args[0], dim)
        tracer.add(text, [args[0]], part, batch=tracer.batch_of(args[0]))
        start += size


def narrow(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """``torch.narrow``."""
    dim, start = get(args, kwargs, 1, "dim"), get(args, kwargs, 2, "start")
    length = get(args, kwargs, 3, "length")
    start %= args[0].shape[dim]
    if length == args[0].shape[dim]:
        same(tracer, args, result)
        return
    text = tracer.along(f"slice {start} {start + length}", args[0], dim)
    tracer.add(text, [args[0]], result, batch=tracer.batch_of(args[0]))
