"""Functions of PyTorch in the notation: what a model calls besides its modules."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import torch

from cnncalc.convert.torch_numbers import NUMBERS, binary, expanded, operands, own_axes, own_shape
from cnncalc.convert.torch_ops import adaptive, dimension, exact, number, padded, reshaped, resized
from cnncalc.convert.torch_places import PLACES, chosen, interleaved
from cnncalc.convert.torch_weights import normalised

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnncalc.convert.torch_module import _Tracer
    from cnncalc.layers.base import Shape

SILENT = frozenset(
    {
        "__get__", "size", "dim", "numel", "__len__", "shape", "is_floating_point", "type", "__bool__", "__format__", "__repr__",
        "new_zeros", "new_ones", "new_full", "new_empty", "new_tensor", "zeros_like", "ones_like", "full_like", "empty_like",
        "requires_grad_", "stride", "is_contiguous", "storage_offset", "ndimension", "get_device", "_has_compatible_shallow_copy_type",
    }
)  # fmt: skip
"""Questions about a tensor."""

SAME = frozenset(
    {
        "contiguous",
        "data",
        "detach",
        "clone",
        "to",
        "float",
        "alias",
        "requires_grad_",
        "type_as",
        "cpu",
        "cuda",
        "_to_copy",
        "positive",
        "feature_dropout",
    }
)
"""What gives the same numbers."""


def name_of(func: Any) -> str:
    """The name of a function: of an attribute's getter ``__get__``."""
    return str(getattr(func, "__name__", func))


def note(tracer: _Tracer, name: str, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """Note a function call.

    Raises:
        ValueError: the format cannot say it.
        KeyError: nobody knows the function.
    """
    base = (
        name.rstrip("_")
        if not name.startswith("__")
        else {"__iadd__": "add", "__isub__": "sub", "__imul__": "mul", "__idiv__": "div", "__itruediv__": "div"}.get(
            name, name.strip("_")
        )
    )
    if base in SAME:
        same(tracer, args, result)
        return
    _FUNCTIONS[base](tracer, args, kwargs, result)


def same(tracer: _Tracer, args: Any, result: Any) -> None:
    """The result is the value that entered."""
    known = tracer.known(args[0])
    if known is not None:
        tracer.values[id(result)] = known
        tracer.alive.append(result)


def _get(args: Any, kwargs: dict[str, Any], place: int, name: str, default: Any = None) -> Any:
    return args[place] if len(args) > place else kwargs.get(name, default)


def _activation(text: str, *settings: tuple[int, str, Any]) -> Callable[..., None]:
    """A function of one tensor; ``settings``: place, our name, default."""

    def run(tracer: _Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
        words = [text]
        for place, name, default in settings:
            value = _get(args, kwargs, place, name, default)
            if value != default:
                words.append(f"{name}={number(exact(value))}")
        tracer.add(" ".join(words), [args[0]], result)

    return run


def _merge(operator: str, *, commutes: bool = True) -> Callable[..., None]:
    """A function of two tensors, or of a tensor and a number."""

    def run(tracer: _Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
        a, b = args[0], _get(args, kwargs, 1, "other")
        if kwargs.get("alpha", 1) != 1:
            raise ValueError(f"{operator} with alpha")
        if isinstance(a, torch.Tensor) and isinstance(b, torch.Tensor):
            _operands(tracer, operator, [a, b], result)
            return
        tensor, constant = (a, b) if isinstance(a, torch.Tensor) else (b, a)
        if not commutes and tensor is b:
            tracer.add("scale -1", [tensor], result)
            negated = tracer.values[id(result)]
            if constant:
                tracer.alive.append(result)
                tracer.values[id(result)] = negated
                tracer.add(f"shift {number(exact(float(constant)))}", [result], result)
            return
        value = {"add": constant, "sub": -constant if isinstance(constant, int | float) else 0, "mul": constant}[
            operator
        ]
        text = f"{'scale' if operator == 'mul' else 'shift'} {number(exact(float(value)))}"
        tracer.add(text, [tensor], result)

    return run


def _operands(tracer: _Tracer, operator: str, tensors: list[torch.Tensor], result: Any) -> None:
    """A merge; a constant of one number is none."""
    for place, tensor in enumerate(tensors):
        if operator in ("add", "mul") and tracer.known(tensor) is None and tensor.numel() == 1:
            value = exact(float(tensor))
            other = tensors[1 - place]
            tracer.add(f"{'scale' if operator == 'mul' else 'shift'} {number(value)}", [other], result)
            return
    operands(tracer, operator, tensors, result)


def _div(tracer: _Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    divisor = _get(args, kwargs, 1, "other")
    if isinstance(divisor, torch.Tensor) and tracer.known(divisor) is None and divisor.numel() == 1:
        divisor = float(divisor)
    if isinstance(divisor, torch.Tensor) or isinstance(args[0], int | float) or kwargs.get("rounding_mode"):
        binary("div")(tracer, args, kwargs, result)
        return
    from fractions import Fraction

    value = 1 / Fraction(repr(float(divisor)))
    tracer.add(
        f"scale {value}" if value.denominator == 1 or _is_decimal(value) else f"scale ({value})", [args[0]], result
    )


def _is_decimal(value: Any) -> bool:
    from cnncalc.spec.printer import print_number

    return "/" not in print_number(value)


def _cat(tracer: _Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    tensors = list(_get(args, kwargs, 0, "tensors"))
    dim = _get(args, kwargs, 1, "dim", 0)
    if all(tracer.known(tensor) in tracer.once for tensor in tensors):
        _cat_own(tracer, tensors, dim, result)
        return
    shape = tracer.shape_of(tensors[0])
    axis = dim - 1 if dim > 0 else dim + len(shape)
    if not 0 <= axis < len(shape):
        raise ValueError("cat along the batch")
    tracer.add("concat", tensors, result, merge=True, arguments=f"dim={axis}" if axis else "")


def _cat_own(tracer: _Tracer, tensors: list[torch.Tensor], dim: int, result: torch.Tensor) -> None:
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


def _mean(tracer: _Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    dims, keep = _get(args, kwargs, 1, "dim"), _get(args, kwargs, 2, "keepdim", default=False)
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


def _flatten(tracer: _Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    start, end = _get(args, kwargs, 1, "start_dim", 0), _get(args, kwargs, 2, "end_dim", -1)
    if start == 0 or tracer.known(args[0]) in tracer.once:
        _reshape(tracer, args, kwargs, result)
        return
    tracer.add(reshaped(tracer.shape_of(args[0]), tracer.shape_of(result), (start, end)), [args[0]], result)


def _reshape(tracer: _Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    del kwargs
    if tracer.known(args[0]) in tracer.once:
        entering, leaving = tracer.shape_of(args[0]), tracer.own_size(args[0], result)
        if entering == leaving:
            same(tracer, args, result)
        else:
            made = tracer.add(reshaped(entering, leaving), [args[0]], result)
            tracer.shapes[made.output] = made.shape = leaving
        return
    rebatched(tracer, args[0], result)


def rebatched(tracer: _Tracer, tensor: torch.Tensor, result: torch.Tensor) -> None:
    """Other sizes, with as many copies of every sample in the batch as before, or more, or fewer.

    Raises:
        ValueError: the batch is not the first axis, or is none of the result's.
    """
    entering, times = tracer.shape_of(tensor), tracer.times_of(tensor)
    if tracer.batch_at.get(id(tensor)) or result.ndim == 0 or result.shape[0] % tracer.batch:
        raise ValueError(f"a tensor of size {'x'.join(map(str, result.shape))} whose first axis is not the batch")
    wanted, leaving = result.shape[0] // tracer.batch, tuple(result.shape[1:])
    out, into = (
        (times // wanted, 1)
        if times % wanted == 0
        else (1, wanted // times)
        if wanted % times == 0
        else (times, wanted)
    )
    if into > 1 and not leaving:
        raise ValueError("a batch of single numbers")
    steps: list[tuple[str, Shape, int]] = []
    if out > 1:
        steps.append((f"frombatch {out}", (out, *entering), times // out))
    before = steps[-1][1] if steps else entering
    between = (into, *leaving) if into > 1 else leaving
    if before != between:
        steps.append((reshaped(before, between), between, times // out))
    if into > 1:
        steps.append(("tobatch", leaving, wanted))
    if not steps:
        same(tracer, (tensor,), result)
        return
    for text, shape, count in steps[:-1]:
        tensor = tracer.step(text, tensor, shape, count)
    tracer.add(steps[-1][0], [tensor], result, times=steps[-1][2])


def _permute(tracer: _Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    order = _get(args, kwargs, 1, "dims")
    order = list(order) if isinstance(order, list | tuple) else list(args[1:])
    _reordered(tracer, args[0], [d % len(order) for d in order], result)


def _transpose(tracer: _Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    rank = args[0].ndim
    a, b = _get(args, kwargs, 1, "dim0") % rank, _get(args, kwargs, 2, "dim1") % rank
    order = list(range(rank))
    order[a], order[b] = b, a
    _reordered(tracer, args[0], order, result)


def _reordered(tracer: _Tracer, tensor: torch.Tensor, order: list[int], result: Any) -> None:
    """Axes in another order; where the batch goes is remembered."""
    known = tracer.known(tensor)
    if known is not None and known in tracer.once:
        _reordered_own(tracer, tensor, order, result)
        return
    batch = tracer.batch_at.get(id(tensor), 0)
    own = [d - (d > batch) for d in order if d != batch]
    text = f"permute ({','.join(map(str, own))})"
    if sorted(own) == own:
        if known is not None:
            tracer.values[id(result)] = known
            tracer.batch_at[id(result)] = order.index(batch)
            tracer.alive.append(result)
        return
    swapped = [place for place, d in enumerate(own) if place != d]
    if len(swapped) == 2:  # noqa: PLR2004 (two axes change places)
        text = f"transpose {swapped[0]} {swapped[1]}"
    tracer.add(text, [tensor], result, batch=order.index(batch))


def _reordered_own(tracer: _Tracer, tensor: torch.Tensor, order: list[int], result: Any) -> None:
    """Axes of a value of the network's own, which may have one of size 1 in front."""
    missing = tensor.ndim - len(tracer.shape_of(tensor))
    if order[:missing] != list(range(missing)):
        raise ValueError("a permutation that moves the batch of a value that has none")
    own = [d - missing for d in order[missing:]]
    if own == sorted(own):
        same(tracer, (tensor,), result)
        return
    swapped = [place for place, d in enumerate(own) if place != d]
    text = f"transpose {swapped[0]} {swapped[1]}" if len(swapped) == 2 else f"permute ({','.join(map(str, own))})"  # noqa: PLR2004 (two axes change places)
    tracer.add(text, [tensor], result)


def _unbind(tracer: _Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    dim = _get(args, kwargs, 1, "dim", 0) % args[0].ndim
    batch = tracer.batch_at.get(id(args[0]), 0)
    if dim == batch:
        raise ValueError("unbind of the batch")
    own, after = dim - (dim > batch), batch - (dim < batch)
    for index, part in enumerate(result):
        tracer.add(f"unbind {index}" + (f" {own}" if own else ""), [args[0]], part, batch=after)


def _stack(tracer: _Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """Side by side on a new axis, also in front of the batch."""
    tensors, dim = list(_get(args, kwargs, 0, "tensors")), _get(args, kwargs, 1, "dim", 0) % result.ndim
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


def _addcmul(tracer: _Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """``a + value * b * c``."""
    if kwargs.get("value", 1) != 1:
        raise ValueError("addcmul with a value")
    product = args[1] * args[2]
    operands(tracer, "mul", [args[1], args[2]], product)
    operands(tracer, "add", [args[0], product], result)


def _squeeze(tracer: _Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    _reshape(tracer, args, kwargs, result)


def _chunk(tracer: _Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    count, dim = _get(args, kwargs, 1, "chunks"), _get(args, kwargs, 2, "dim", 0)
    for index, part in enumerate(result):
        tracer.add(dimension(f"chunk {count} {index}", dim, tracer.shape_of(args[0])), [args[0]], part)


def _split(tracer: _Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    dim = _get(args, kwargs, 2, "dim", 0)
    shape = tracer.shape_of(args[0])
    axis = dim - 1 if dim > 0 else dim + len(shape)
    start = 0
    for part in result:
        size = part.shape[axis + 1]
        tracer.add(dimension(f"slice {start} {start + size}", dim, shape), [args[0]], part)
        start += size


def _narrow(tracer: _Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    dim, start = _get(args, kwargs, 1, "dim"), _get(args, kwargs, 2, "start")
    length = _get(args, kwargs, 3, "length")
    start %= args[0].shape[dim]
    shape = tracer.shape_of(args[0])
    if length == args[0].shape[dim]:
        same(tracer, args, result)
        return
    tracer.add(dimension(f"slice {start} {start + length}", dim, shape), [args[0]], result)


def _spelled_out(given: Any, rank: int) -> tuple[Any, ...]:
    """An index with a slice for every axis that an ellipsis stands for."""
    index = given if isinstance(given, tuple) else (given,)
    places = [place for place, item in enumerate(index) if item is Ellipsis]
    if not places:
        return index
    missing = rank - sum(item is not None and item is not Ellipsis for item in index)
    return (*index[: places[0]], *(slice(None),) * missing, *index[places[0] + 1 :])


def _only_batch(tracer: _Tracer, value: Any, index: tuple[Any, ...]) -> bool:
    """Whether ``[None]`` gives a value of the network's own the axis of the batch, which it has anyway."""
    whole = index[0] is None and all(item == slice(None) for item in index[1:])
    return whole and tracer.known(value) in tracer.once and len(tracer.shape_of(value)) == value.ndim


def _getitem(tracer: _Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    del kwargs
    index = _spelled_out(args[1], args[0].ndim)
    if _only_batch(tracer, args[0], index):
        same(tracer, args, result)
        return
    known = tracer.known(args[0])
    if known is None:
        raise ValueError("indexing of a tensor that is no value of the network")
    missing = args[0].ndim - len(tracer.shapes[known]) if known in tracer.once else 1
    batch = tracer.batch_at.get(id(args[0]), 0)
    place = next(
        (p for p in range(len(index)) if p - sum(item is None for item in index[:p]) == batch and index[p] is not None),
        None,
    )
    if missing and (place is None or index[place] != slice(None)) and len(index) > batch:
        raise ValueError("indexing along the batch")
    items = index if not missing or place is None else (*index[:place], *index[place + 1 :])
    after = sum(not isinstance(item, int) for item in index[:place]) if place is not None and missing else 0
    if sum(isinstance(item, torch.Tensor) for item in items) == 1:
        chosen(tracer, args[0], items, result)
        return
    if any(not (item is None or isinstance(item, slice | int)) or isinstance(item, bool) for item in items):
        raise ValueError("indexing by anything but slices and numbers behind the batch")
    _sliced(tracer, args[0], items, result, after)


def _sliced(tracer: _Tracer, tensor: torch.Tensor, items: tuple[Any, ...], result: Any, batch: int) -> None:
    """Slices and places of the axes behind the batch, and new axes of size 1."""
    known, times = tracer.known(tensor), tracer.times_of(tensor)
    shape = tracer.shapes[known] if known is not None else ()
    leaving = own_shape(result) if known in tracer.once else (*result.shape[:batch], *result.shape[batch + 1 :])
    steps: list[tuple[str, Shape]] = []
    for axis, item in enumerate(item for item in items if item is not None):
        if item == slice(None):
            continue
        size = shape[axis]
        start, stop, step = item.indices(size) if isinstance(item, slice) else (item % size, item % size + 1, 1)
        if step < 1:
            raise ValueError("a slice with a negative step")
        shape = (*shape[:axis], len(range(start, stop, step)), *shape[axis + 1 :])
        if shape[axis] < size:
            by = f" step={step}" if step > 1 else ""
            steps.append((f"slice {start} {stop}{by}" + (f" dim={axis}" if axis else ""), shape))
    if shape != leaving:
        steps.append((reshaped(shape, leaving), leaving))
    if not steps:
        same(tracer, (tensor,), result)
        if batch:
            tracer.batch_at[id(result)] = batch
        return
    for text, sizes in steps[:-1]:
        tensor = tracer.step(text, tensor, sizes, times)
    tracer.add(steps[-1][0], [tensor], result, batch=batch)


def _softmax(text: str) -> Callable[..., None]:
    def run(tracer: _Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
        tracer.add(dimension(text, _get(args, kwargs, 1, "dim"), tracer.shape_of(args[0])), [args[0]], result)

    return run


def _dropout(text: str) -> Callable[..., None]:
    def run(tracer: _Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
        p = _get(args, kwargs, 1, "p", 0.5)
        if result is args[0]:
            result = args[0]
        tracer.add(f"{text} {number(exact(float(p)))}", [args[0]], result)

    return run


def _adaptive(op: str) -> Callable[..., None]:
    def run(tracer: _Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
        del kwargs
        tracer.add(adaptive(op, tracer.shape_of(args[0]), tracer.shape_of(result)), [args[0]], result)

    return run


def _pool(op: str) -> Callable[..., None]:
    def run(tracer: _Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
        kernel, stride = exact(_get(args, kwargs, 1, "kernel_size")), exact(_get(args, kwargs, 2, "stride"))
        words = [op, number(kernel)]
        words += [f"s={number(stride)}"] if stride not in (None, kernel, ()) else []
        padding = exact(_get(args, kwargs, 3, "padding", 0))
        words += [f"p={number(padding)}"] if padding else []
        place = 5 if op == "maxpool" else 4
        if op == "maxpool" and exact(_get(args, kwargs, 4, "dilation", 1)) != 1:
            words.append(f"d={number(exact(_get(args, kwargs, 4, 'dilation', 1)))}")
        words += ["ceil"] if _get(args, kwargs, place, "ceil_mode", default=False) else []
        words += (
            ["exclude"]
            if op == "avgpool" and padding and not _get(args, kwargs, 5, "count_include_pad", default=True)
            else []
        )
        tracer.add(" ".join(words), [args[0]], result)

    return run


def _interpolate(tracer: _Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    mode, align = _get(args, kwargs, 3, "mode", "nearest"), bool(_get(args, kwargs, 4, "align_corners", default=False))
    text = resized(tracer.shape_of(args[0]), tracer.shape_of(result), mode, align)
    if tracer.shape_of(args[0]) == tracer.shape_of(result):
        same(tracer, args, result)
        return
    tracer.add(text, [args[0]], result)


def _pad(tracer: _Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    amounts, mode, value = (
        _get(args, kwargs, 1, "pad"),
        _get(args, kwargs, 2, "mode", "constant"),
        _get(args, kwargs, 3, "value", 0) or 0,
    )
    axes = len(tracer.shape_of(args[0])) - 1
    amounts = list(amounts)
    if not any(amounts):
        same(tracer, args, result)
        return
    if len(amounts) > 2 * axes:
        _pad_last(tracer, args[0], amounts, mode, value, result)
        return
    amounts += [0] * (2 * axes - len(amounts))
    tracer.add(padded(amounts, mode, value), [args[0]], result)


def _pad_last(tracer: _Tracer, tensor: torch.Tensor, amounts: list[int], mode: str, value: Any, result: Any) -> None:
    """Padding of a map whose channels come last: they go to the front and back.

    Raises:
        ValueError: the channels are padded.
    """
    shape = tracer.shape_of(tensor)
    if any(amounts[:2]) or len(amounts) != 2 * len(shape):
        raise ValueError("padding of the channels")
    rank, times = len(shape), tracer.times_of(tensor)
    moved = (shape[-1], *shape[:-1])
    front = tracer.step(f"permute ({','.join(map(str, (rank - 1, *range(rank - 1))))})", tensor, moved, times)
    wide = tracer.step(padded(amounts[2:], mode, value), front, (shape[-1], *result.shape[1:-1]), times)
    tracer.add(f"permute ({','.join(map(str, (*range(1, rank), 0)))})", [wide], result)


def _sdpa(tracer: _Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    mask, scale = _get(args, kwargs, 3, "attn_mask"), kwargs.get("scale")
    if _get(args, kwargs, 4, "dropout_p") or _get(args, kwargs, 5, "is_causal"):
        raise ValueError("attention with dropout, or with a causal mask")
    if scale is not None and abs(scale * args[0].shape[-1] ** 0.5 - 1) > EXACT:
        raise ValueError(f"attention scaled by {scale}")
    tensors = [args[0], args[1], args[2]]
    if mask is not None:
        if not mask.is_floating_point():
            raise ValueError("attention with a mask of truth values")
        tensors.append(mask)
    if args[0].ndim not in (3, 4):
        raise ValueError("scaled_dot_product_attention with more axes than batch, heads, tokens and features")
    tracer.add("sdpa", tensors, result, merge=True)


def _matmul(tracer: _Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    other = _get(args, kwargs, 1, "other", kwargs.get("mat2"))
    shapes = [tracer.shape_of(args[0]), tracer.shape_of(other)]
    if min(map(len, shapes)) < 2:  # noqa: PLR2004 (rows and columns)
        raise ValueError("a product with a vector")
    tracer.add("matmul", [args[0], other], result, merge=True)


def _normalize(tracer: _Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    if _get(args, kwargs, 1, "p", 2.0) != 2.0:  # noqa: PLR2004 (the 2-norm)
        raise ValueError("a norm other than 2")
    tracer.add(dimension("l2norm", _get(args, kwargs, 2, "dim", 1), tracer.shape_of(args[0])), [args[0]], result)


def _shuffle(text: str) -> Callable[..., None]:
    def run(tracer: _Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
        del kwargs
        tracer.add(f"{text} {args[1]}", [args[0]], result)

    return run


def _neg(tracer: _Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    del kwargs
    tracer.add("scale -1", [args[0]], result)


def _on_parameters(op: str, *names: str) -> Callable[..., None]:
    """A functional layer: the name of its weight in the network is its own. ``names``: of the arguments in order."""

    def run(tracer: _Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
        given = {**dict(zip(("input", *names), args, strict=False)), **kwargs}
        given.pop("training", None)
        if op == "batchnorm" and tracer.known(given["input"]) in tracer.once:
            normalised(tracer, given, result)
            return
        like = SimpleNamespace(**given)
        entering, leaving = tracer.shape_of(given["input"]), tracer.shape_of(result)
        tracer.layer(op, like, entering, leaving, given["input"], result)

    return run


def _unpool(tracer: _Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    pool = tracer.indices.get(id(_get(args, kwargs, 1, "indices")))
    if pool is None:
        raise ValueError("max_unpool with indices that no max-pooling of the network gave")
    tracer.add("unpool {0}", [args[0]], result, references=[pool])


EXACT = 1e-6
"""How far a scale may be off that is written as a decimal."""

_FUNCTIONS: dict[str, Callable[..., None]] = {
    "relu": _activation("relu"), "relu6": _activation("relu6"), "sigmoid": _activation("sigmoid"), "tanh": _activation("tanh"),
    "gelu": lambda t, a, k, r: t.add("gelu tanh" if k.get("approximate") == "tanh" else "gelu", [a[0]], r),
    "silu": _activation("silu"), "mish": _activation("mish"), "hardswish": _activation("hardswish"),
    "hardsigmoid": _activation("hardsigmoid"), "softsign": _activation("softsign"), "logsigmoid": _activation("logsigmoid"),
    "selu": _activation("selu"), "elu": _activation("elu", (1, "alpha", 1.0)), "celu": _activation("celu", (1, "alpha", 1.0)),
    "leaky_relu": _activation("leakyrelu", (1, "negative_slope", 0.01)), "softplus": _activation("softplus", (1, "beta", 1), (2, "threshold", 20)),
    "hardtanh": _activation("hardtanh", (1, "min_val", -1.0), (2, "max_val", 1.0)),
    "add": _merge("add"), "radd": _merge("add"), "sub": _merge("sub", commutes=False), "rsub": _merge("sub", commutes=False),
    "mul": _merge("mul"), "rmul": _merge("mul"), "div": _div, "truediv": _div, "true_divide": _div, "neg": _neg,
    "matmul": _matmul, "bmm": _matmul,
    "cat": _cat, "concat": _cat, "concatenate": _cat, "mean": _mean, "flatten": _flatten, "reshape": _reshape, "view": _reshape,
    "unflatten": _reshape, "reshape_as": _reshape, "view_as": _reshape, "unbind": _unbind, "stack": _stack, "addcmul": _addcmul,
    "expand_as": expanded, "permute": _permute, "transpose": _transpose, "swapaxes": _transpose, "squeeze": _squeeze, "unsqueeze": _squeeze,
    "chunk": _chunk, "split": _split, "tensor_split": _split, "repeat_interleave": interleaved, "narrow": _narrow, "getitem": _getitem, "softmax": _softmax("softmax"), "log_softmax": _softmax("logsoftmax"),
    "dropout": _dropout("dropout"), "dropout2d": _dropout("dropout2d"), "dropout1d": _dropout("dropout1d"), "dropout3d": _dropout("dropout3d"),
    "alpha_dropout": _dropout("alphadropout"), "interpolate": _interpolate, "upsample": _interpolate, "pad": _pad,
    "scaled_dot_product_attention": _sdpa, "normalize": _normalize, "pixel_shuffle": _shuffle("pixelshuffle"),
    "pixel_unshuffle": _shuffle("pixelunshuffle"), "channel_shuffle": _shuffle("shuffle"), "glu": _softmax("glu"),
    **{f"adaptive_avg_pool{n}d": _adaptive("adaptiveavgpool") for n in (1, 2, 3)},
    **{f"adaptive_max_pool{n}d": _adaptive("adaptivemaxpool") for n in (1, 2, 3)},
    **{f"avg_pool{n}d": _pool("avgpool") for n in (1, 2, 3)},
    **{f"max_pool{n}d": _pool("maxpool") for n in (1, 2, 3)},
    **{
        f"conv{n}d": _on_parameters("conv", "weight", "bias", "stride", "padding", "dilation", "groups") for n in (1, 2, 3)
    },
    **{
        f"conv_transpose{n}d": _on_parameters("convtranspose", "weight", "bias", "stride", "padding", "output_padding", "groups", "dilation")
        for n in (1, 2, 3)
    },
    "linear": _on_parameters("linear", "weight", "bias"),
    "batch_norm": _on_parameters("batchnorm", "running_mean", "running_var", "weight", "bias", "training", "momentum", "eps"),
    "layer_norm": _on_parameters("layernorm", "normalized_shape", "weight", "bias", "eps"),
    "group_norm": _on_parameters("groupnorm", "num_groups", "weight", "bias", "eps"),
    **{f"max_unpool{n}d": _unpool for n in (1, 2, 3)},
    **NUMBERS,
    **PLACES,
}  # fmt: skip
