"""Why a function on values fails: they are joined, added, multiplied, or given another shape."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import torch

from cnncalc.convert.broken.facts import Reason, Remedy, product, size, tensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from cnncalc.convert.broken.watch import Broken, Watch


def joined(broken: Broken, watch: Watch) -> Reason | None:
    """Values that are put behind each other."""
    del watch
    given = broken.args[0] if broken.args else broken.kwargs["tensors"]
    values = [value for value in given if isinstance(value, torch.Tensor)]
    dim = broken.kwargs.get("dim", broken.args[1] if len(broken.args) > 1 else 0)
    if len({value.ndim for value in values}) > 1:
        return f"cat of {' and '.join(size(v.shape[1:]) for v in values)}, which have not as many axes", None
    axis = _differing(values, skip=dim % values[0].ndim)
    return None if axis is None else _unequal("cat", values, axis, f"but for axis {dim} all axes must be equal")


def summed(broken: Broken, watch: Watch) -> Reason | None:
    """Values that are added, multiplied and so on, number by number."""
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
    text = f"{what} of {' and '.join(size(value.shape[1:]) for value in values)}: axis {axis} has {sizes}; {rule}"
    if axis == 1 and values[0].shape[2:] == values[-1].shape[2:]:
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


def multiplied(broken: Broken, watch: Watch) -> Reason | None:
    """Matrices."""
    del watch
    a, b = tensor(broken.args, 0), tensor(broken.args, 1)
    if a is None or b is None or a.ndim < 2 or b.ndim < 2 or a.shape[-1] == b.shape[-2]:  # noqa: PLR2004 (matrices)
        return None
    text = f"{broken.function.strip('_')} of {size(a.shape)} and {size(b.shape)}: a row has {a.shape[-1]}, a column {b.shape[-2]}"
    fits = a.shape[-1] == b.shape[-1]
    return text, Remedy("the second transposed: .transpose(-1, -2)") if fits else None


def reshaped(broken: Broken, watch: Watch) -> Reason | None:
    """A view of more or fewer values than there are."""
    x = tensor(broken.args, 0)
    wanted = broken.args[1:] if len(broken.args) > 2 or isinstance(broken.args[-1], int) else broken.args[-1]  # noqa: PLR2004
    if x is None or not isinstance(wanted, list | tuple | torch.Size) or not all(isinstance(n, int) for n in wanted):
        return None
    batch = watch.inputs[0].shape[0]
    per = x.numel() // max(batch, 1)
    given = prod(n for n in wanted if n > 0)
    if "stride" in broken.error and given and not x.numel() % given:
        return f"{broken.function} of a value that does not lie in order", Remedy("reshape in place of view")
    text = f"{broken.function} to {size(wanted)}: what enters has {product(x.shape[1:])} per sample"
    return text, Remedy(f"{per} in place of {given}, or torch.flatten(x, 1)", value=per)


def padded(broken: Broken, watch: Watch) -> Reason | None:
    """Reflection needs more values than it pads."""
    del watch
    x = tensor(broken.args, 0)
    return (
        None if x is None else (f"the padding is wider than {size(x.shape[1:])} allows", Remedy("", tries_sizes=True))
    )


def tokens(broken: Broken, watch: Watch) -> Reason | None:
    """A table that is looked up by fractions."""
    del watch
    x = next((value for value in broken.args if isinstance(value, torch.Tensor)), None)
    if x is None or not x.is_floating_point():
        return None
    why = f"{broken.call.name} takes whole numbers, which say what to look up; the input is of random fractions"
    return why, Remedy(f"--input '{x.shape[1]} int'") if x.ndim == 2 else None  # noqa: PLR2004 (the batch and a list)
