"""What the format cannot say, taken as a whole: its size, and what is measured of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from cnncalc.convert.pytorch.words import tensors_in
from cnncalc.convert.tree import Op
from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor

    from cnncalc.convert.pytorch.tracer import Tracer


class Close(BaseException):
    """A module is to be taken as a whole: what stands in it cannot be said, and not taken alone. Nobody's ``except Exception`` stops it."""

    def __init__(self, path: str) -> None:
        """Of the module at a path."""
        super().__init__(path)
        self.path = path


class Taken(NamedTuple):
    """A call: what runs it, on which arguments, what it gave, and the parameters and the name that it has."""

    run: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    result: Any
    parameters: Sequence[Tensor] = ()
    name: str | None = None


def take(tracer: Tracer, call: Taken) -> list[Op]:
    """Note a call as ``opaque``: one for every tensor that it gives, the first with all that is measured.

    Returns:
        The operations; none if samples do not enter and leave it with the batch in front.
    """
    given = {id(tensor): tensor for tensor in tensors_in([*call.args, *call.kwargs.values()])}
    known = {tracer.known(tensor): tensor for tensor in given.values()}
    if tracer.stack[-1].path and known.keys() & tracer.once:
        return []  # the module around it has the parameters
    inputs = [tensor for value, tensor in known.items() if value is not None and value not in tracer.once]
    outputs = tensors_in(call.result)
    if not inputs or not outputs or not all(_is_plain(tracer, tensor) for tensor in (*inputs, *outputs)):
        return []
    source = inputs[0] if len(inputs) == 1 else _joined(tracer, inputs)
    macs, kept = measured(tracer.batch, call)
    numbers = sum(parameter.numel() for parameter in call.parameters)
    made = []
    for place, output in enumerate(outputs):
        text = f"opaque {'x'.join(map(str, output.shape[1:]))}"
        text += f" parameters={numbers} macs={macs} kept={kept}" if not place else " parameters=0 macs=0 kept=0"
        op = tracer.add(text, [source], output, name=call.name if not place else None)
        op.owns = bool(numbers) and not place
        made.append(op)
    return made


def _is_plain(tracer: Tracer, tensor: Tensor) -> bool:
    """Whether a tensor has a sample per place of its first axis, and something in it."""
    known = tracer.known(tensor)
    elsewhere = bool(tracer.batch_at.get(id(tensor))) or (known is not None and tracer.times.get(known, 1) > 1)
    return not elsewhere and tensor.ndim > 1 and tensor.shape[0] == tracer.batch and tensor.numel() > 0


def _joined(tracer: Tracer, inputs: Sequence[Tensor]) -> Tensor:
    """Several values as one list of numbers."""
    flat = []
    for tensor in inputs:
        count = tensor[0].numel()
        flat.append(tensor if tensor.ndim == 2 else tracer.step("flatten", tensor, (count,), 1))  # noqa: PLR2004 (a list)
    joined = torch.empty(tracer.batch, sum(tensor[0].numel() for tensor in inputs))
    tracer.add("concat", flat, joined, merge=True)
    return joined


def measured(batch: int, call: Taken) -> tuple[int, int]:
    """MACs, as PyTorch's FlopCounterMode counts operations, and numbers that autograd keeps beside inputs, outputs and parameters; per sample."""
    fresh: dict[int, Tensor] = {}
    args, kwargs = _copied(call.args, fresh), _copied(call.kwargs, fresh)
    kept: dict[int, int] = {}

    def pack(tensor: Tensor) -> Tensor:
        kept[tensor.untyped_storage().data_ptr()] = tensor.numel()
        return tensor

    counter = FlopCounterMode(display=False)
    with (
        torch.enable_grad(),
        sdpa_kernel(SDPBackend.MATH),
        torch.autograd.graph.saved_tensors_hooks(pack, lambda x: x),
        counter,
    ):
        result = call.run(*args, **kwargs)
    known = (*fresh.values(), *tensors_in(result), *call.parameters)
    for tensor in known:
        kept.pop(tensor.untyped_storage().data_ptr(), None)
    return counter.get_total_flops() // 2 // batch, sum(kept.values()) // batch


def _copied(value: Any, fresh: dict[int, Tensor]) -> Any:
    """Arguments with tensors of their own, which want a gradient where they can have one."""
    if isinstance(value, torch.nn.Parameter):
        return value
    if isinstance(value, torch.Tensor):
        if id(value) not in fresh:
            copy = value.detach().clone()
            fresh[id(value)] = copy.requires_grad_() if copy.is_floating_point() else copy
        return fresh[id(value)]
    if isinstance(value, dict):
        return {name: _copied(item, fresh) for name, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)(_copied(item, fresh) for item in value)
    return value
