"""Why a call fails, in words, from the sizes that meet there; and the number that mends it."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import torch

from cnncalc.convert.broken.stand_in import CONVOLUTIONS, SUMS, TRANSPOSED
from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor, nn

    from cnncalc.convert.broken.watch import Broken, Watch


class Remedy(NamedTuple):
    """What mends it: ``text``; where it is one number, ``argument`` of the module at ``path`` and its ``value``.

    ``tries_sizes``: other sizes of the input may help as well.
    """

    text: str
    path: str = ""
    argument: str = ""
    value: int = 0
    tries_sizes: bool = False


Reason = tuple[str, "Remedy | None"]


def reason(broken: Broken, watch: Watch) -> Reason:
    """Why a call failed, and the remedy; nothing where its sizes do not tell."""
    for names, why in _KNOWN:
        if broken.function in names:
            found = why(broken, watch)
            if found is not None:
                return found
    shape = broken.call.entering[0] if broken.call.entering and not broken.function else ()
    return (_rank(broken, shape) or _channels(broken, shape) or ("", None)) if shape else ("", None)


def _tensor(args: Sequence[Any], place: int) -> Tensor | None:
    return args[place] if len(args) > place and isinstance(args[place], torch.Tensor) else None


def _number(broken: Broken, argument: str, value: int) -> Remedy:
    """A number of a module: its argument in the constructor."""
    where = f" of '{broken.call.path}'" if broken.call.path and broken.call.settings is not None else ""
    return Remedy(f"{argument}={value}{where}", broken.call.path, argument, value)


def _product(shape: Sequence[int]) -> str:
    """``1568 = 32*7*7``; the number alone where it is no product."""
    total = prod(shape)
    return f"{total:,} = {'*'.join(map(str, shape))}" if len(shape) > 1 else f"{total:,}"


def _linear(broken: Broken, watch: Watch) -> Reason | None:
    x, weight = _tensor(broken.args, 0), _tensor(broken.args, 1)
    if x is None or weight is None or x.shape[-1] == weight.shape[1]:
        return None
    takes, size = weight.shape[1], x.shape[-1]
    before = watch.before.get(id(x))
    if x.ndim > 2 and prod(x.shape[1:]) == takes:  # noqa: PLR2004 (batch and features)
        text = f"{broken.call.name} takes {takes:,}, which is all of {_size(x.shape)}; it works on the last axis, of {size:,}"
        return text, Remedy("flatten before it: torch.flatten(x, 1)")
    if x.ndim == 2 and x.shape[0] != watch.inputs[0].shape[0]:  # noqa: PLR2004 (batch and features)
        per = prod(x.shape) // watch.inputs[0].shape[0]
        text = f"{broken.call.name} takes {takes:,}; what enters is {_size(x.shape)}, whose first axis is no batch any more"
        return text, Remedy(f"flatten with torch.flatten(x, 1), which gives {per:,} per sample")
    what = "the flattened value" if before else "what enters"
    shown = _product(before[1:]) if before and prod(before[1:]) == size else f"{size:,}"
    return f"{broken.call.name} takes {takes:,}, {what} has {shown}", _number(broken, "in_features", size)


def _convolution(broken: Broken, watch: Watch) -> Reason | None:
    del watch
    x, weight = _tensor(broken.args, 0), _tensor(broken.args, 1)
    if x is None or weight is None:
        return None
    rank = weight.ndim - 2
    if x.ndim not in {weight.ndim, weight.ndim - 1}:
        return _wrong_rank(broken, x.shape, rank)
    settings = broken.call.settings
    groups = int(getattr(settings, "groups", 1))
    wanted = weight.shape[1] * groups if broken.function in CONVOLUTIONS else weight.shape[0]
    if x.ndim == weight.ndim and x.shape[1] != wanted:
        text = f"{broken.call.name} takes {wanted:,} channels, what enters has {x.shape[1]:,} ({_size(x.shape[1:])})"
        if x.shape[1] % groups:
            return text, Remedy(f"{x.shape[1]} channels are no multiple of groups={groups}")
        return text, _number(broken, "in_channels", x.shape[1])
    if x.ndim == weight.ndim - 1 and x.shape[0] != wanted:
        return _wrong_rank(broken, x.shape, rank)
    return _window(broken, x.shape, weight.shape[2:])


def _window(broken: Broken, shape: Sequence[int], kernel: Sequence[int]) -> Reason | None:
    settings = broken.call.settings
    spans = [
        (at(getattr(settings, "dilation", 1), axis) * (k - 1) + 1, n + 2 * _padding(settings, axis))
        for axis, (k, n) in enumerate(zip(kernel, shape[-len(kernel) :], strict=True))
    ]
    for span, room in spans:
        if span > room:
            text = f"{broken.call.name} has a window over {span} places, what enters has {room} with its padding"
            return f"{text} ({_size(shape[1:])})", Remedy("", tries_sizes=True)
    return None


def _pool(broken: Broken, watch: Watch) -> Reason | None:
    del watch
    x = _tensor(broken.args, 0)
    kernel = getattr(broken.call.settings, "kernel_size", broken.args[1] if len(broken.args) > 1 else None)
    if x is None or kernel is None:
        return None
    found = "".join(filter(str.isdigit, broken.function))
    rank = int(found[0]) if found else 2
    if x.ndim < rank + 1 or x.ndim > rank + 2:
        return _wrong_rank(broken, x.shape, rank)
    window = _window(broken, x.shape, [at(kernel, axis) for axis in range(rank)])
    return window or (f"{broken.call.name} has no output on {_size(x.shape[1:])}", Remedy("", tries_sizes=True))


def _norm(broken: Broken, watch: Watch) -> Reason | None:
    del watch
    x = _tensor(broken.args, 0)
    if x is None:
        return None
    if broken.function == "layer_norm":
        takes = tuple(broken.args[1]) if len(broken.args) > 1 else tuple(broken.kwargs.get("normalized_shape", ()))
        has = tuple(x.shape[x.ndim - len(takes) :])
        text = f"{broken.call.name} takes {_size(takes)}, the last axes of what enters are {_size(has)}"
        remedy = (
            _number(broken, "normalized_shape", has[0]) if len(has) == 1 else Remedy(f"normalized_shape={list(has)}")
        )
        return (text, remedy) if takes != has else None
    return _channels(broken, x.shape)


def _channels(broken: Broken, shape: Sequence[int]) -> Reason | None:
    """A norm of another number of channels."""
    settings = broken.call.settings
    takes = next((int(n) for key in ("num_features", "num_channels") if (n := getattr(settings, key, None))), 0)
    if not takes or len(shape) < 2 or shape[1] == takes:  # noqa: PLR2004 (batch and channels)
        return None
    argument = "num_channels" if hasattr(settings, "num_channels") else "num_features"
    text = f"{broken.call.name} takes {takes:,} channels, what enters has {shape[1]:,} ({_size(shape[1:])})"
    groups = int(getattr(settings, "num_groups", 1))
    if shape[1] % groups:
        return text, Remedy(f"{shape[1]} channels are no multiple of num_groups={groups}")
    return text, _number(broken, argument, shape[1])


def _joined(broken: Broken, watch: Watch) -> Reason | None:
    """Values that are put behind each other."""
    del watch
    values = [value for value in broken.args[0] if isinstance(value, torch.Tensor)]
    dim = broken.kwargs.get("dim", broken.args[1] if len(broken.args) > 1 else 0)
    if len({value.ndim for value in values}) > 1:
        return f"cat of {' and '.join(_size(v.shape[1:]) for v in values)}, which have not as many axes", None
    axis = _differing(values, skip=dim % values[0].ndim)
    return None if axis is None else _unequal("cat", values, axis, f"but for axis {dim} all axes must be equal")


def _sum(broken: Broken, watch: Watch) -> Reason | None:
    del watch
    values = [value for value in broken.args[:2] if isinstance(value, torch.Tensor)]
    if len(values) < 2 or values[0].ndim != values[1].ndim:  # noqa: PLR2004 (two operands)
        return None
    axis = _differing(values, skip=None)
    return (
        None
        if axis is None
        else _unequal(broken.function.strip("_"), values, axis, "they must be equal, or one of them 1")
    )


def _unequal(what: str, values: Sequence[Tensor], axis: int, rule: str) -> Reason:
    sizes = " and ".join(str(value.shape[axis]) for value in values)
    text = f"{what} of {' and '.join(_size(value.shape[1:]) for value in values)}: axis {axis} has {sizes}; {rule}"
    if axis == 1:
        wanted = values[-1].shape[1]
        return text, Remedy(
            f"as many channels in both: for example a 1x1 convolution from {values[0].shape[1]} to {wanted}"
        )
    return text, Remedy("", tries_sizes=True)


def _differing(values: Sequence[Tensor], *, skip: int | None) -> int | None:
    for axis in range(values[0].ndim):
        sizes = {value.shape[axis] for value in values}
        if axis != skip and len(sizes - ({1} if skip is None else set())) > 1:
            return axis
    return None


def _product_of_matrices(broken: Broken, watch: Watch) -> Reason | None:
    del watch
    a, b = _tensor(broken.args, 0), _tensor(broken.args, 1)
    if a is None or b is None or a.ndim < 2 or b.ndim < 2 or a.shape[-1] == b.shape[-2]:  # noqa: PLR2004 (matrices)
        return None
    text = f"{broken.function.strip('_')} of {_size(a.shape)} and {_size(b.shape)}: a row has {a.shape[-1]}, a column {b.shape[-2]}"
    fits = a.shape[-1] == b.shape[-1]
    return text, Remedy("the second transposed: .transpose(-1, -2)") if fits else None


def _reshaped(broken: Broken, watch: Watch) -> Reason | None:
    """A view of more or fewer values than there are."""
    x = _tensor(broken.args, 0)
    wanted = broken.args[1:] if len(broken.args) > 2 or isinstance(broken.args[-1], int) else broken.args[-1]  # noqa: PLR2004
    if x is None or not isinstance(wanted, list | tuple | torch.Size) or not all(isinstance(n, int) for n in wanted):
        return None
    batch = watch.inputs[0].shape[0]
    per = x.numel() // max(batch, 1)
    given = prod(n for n in wanted if n > 0)
    if "stride" in broken.error and given and not x.numel() % given:
        return f"{broken.function} of a value that does not lie in order", Remedy("reshape in place of view")
    text = f"{broken.function} to {_size(wanted)}: what enters has {_product(x.shape[1:])} per sample"
    return text, Remedy(f"{per} in place of {given}, or torch.flatten(x, 1)", value=per)


def _attention(broken: Broken, watch: Watch) -> Reason | None:
    del watch
    x, settings = _tensor(broken.args, 0), broken.call.settings
    width = int(getattr(settings, "embed_dim", 0))
    if x is None or not width or x.shape[-1] == width:
        return None
    return f"{broken.call.name} takes {width:,} features, what enters has {x.shape[-1]:,}", _number(
        broken, "embed_dim", x.shape[-1]
    )


def _padded(broken: Broken, watch: Watch) -> Reason | None:
    """Reflection needs more values than it pads."""
    del watch
    x = _tensor(broken.args, 0)
    return (
        None if x is None else (f"the padding is wider than {_size(x.shape[1:])} allows", Remedy("", tries_sizes=True))
    )


def _rank(broken: Broken, shape: Sequence[int]) -> Reason | None:
    """Modules that look at the number of axes first: their class says it."""
    digit = next((c for c in broken.call.name if c.isdigit()), "")
    if not digit or len(shape) == int(digit) + 2:
        return None
    return _wrong_rank(broken, shape, int(digit))


def _wrong_rank(broken: Broken, shape: Sequence[int], rank: int) -> Reason:
    text = f"{broken.call.name} takes a batch of channels with {rank} spatial {'axis' if rank == 1 else 'axes'}, what enters is {_size(shape)}"
    if len(shape) == rank + 1:
        return text, Remedy("the batch or the channels are missing: x.unsqueeze(0), or x.unsqueeze(1) for one channel")
    if len(shape) == 2:  # noqa: PLR2004 (batch and features)
        return text, Remedy("it stands behind a flatten: put it before, or take the one for vectors")
    return text, Remedy(f"the one for {len(shape) - 2} spatial axes, or --input with {rank}")


def _size(shape: Sequence[int]) -> str:
    return "x".join(map(str, shape)) or "a number"


def at(value: Any, axis: int) -> int:
    """A setting of one axis: one number for all, or one per axis."""
    values = value if isinstance(value, list | tuple) else [value]
    return int(values[axis] if len(values) > axis else values[0])


def _padding(settings: nn.Module | None, axis: int) -> int:
    padding = getattr(settings, "padding", 0)
    return 0 if isinstance(padding, str) else at(padding, axis)


_POOLS = frozenset(f"{kind}_pool{rank}d" for kind in ("max", "avg", "lp") for rank in (1, 2, 3))
_KNOWN: tuple[tuple[frozenset[str], Callable[[Broken, Watch], Reason | None]], ...] = (
    (frozenset({"linear"}), _linear),
    (frozenset({*CONVOLUTIONS, *TRANSPOSED}), _convolution),
    (_POOLS | frozenset({"boolean_dispatch", "fn"}), _pool),
    (frozenset({"batch_norm", "instance_norm", "group_norm", "layer_norm"}), _norm),
    (frozenset({"cat", "concat", "concatenate"}), _joined),
    (frozenset(SUMS), _sum),
    (frozenset({"matmul", "__matmul__", "mm", "bmm"}), _product_of_matrices),
    (frozenset({"view", "reshape"}), _reshaped),
    (frozenset({"multi_head_attention_forward"}), _attention),
    (frozenset({"pad"}), _padded),
)
