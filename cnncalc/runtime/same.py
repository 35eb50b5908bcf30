"""Whether two modules are the same network: names and sizes of their tensors, and outputs to the bit with equal weights."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import torch

from cnncalc.runtime.threads import threads

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from torch import Tensor, nn


def differences(first: nn.Module, second: nn.Module, inputs: Sequence[Tensor]) -> list[str]:
    """What differs; nothing if the modules are the same network. The second gets the weights of the first.

    Args:
        first: any module.
        second: the one that is held against it; both are left in evaluation.
        inputs: what both are called with.
    """
    theirs = second.state_dict()
    mine = _named(first, theirs)
    found = [f"only the first has {name}" for name in mine.keys() - theirs.keys()]
    found += [f"only the second has {name}" for name in theirs.keys() - mine.keys()]
    found += [
        f"{name} is {_shown(mine[name].shape)} and {_shown(theirs[name].shape)}"
        for name in mine.keys() & theirs.keys()
        if mine[name].shape != theirs[name].shape
    ]
    if found:
        return sorted(found)
    second.load_state_dict(mine)
    first.eval()
    second.eval()
    found = _unequal(first, second, inputs)
    if found:
        with threads(1):
            found = _unequal(first, second, inputs)
    return found


@torch.no_grad()
def _unequal(first: nn.Module, second: nn.Module, inputs: Sequence[Tensor]) -> list[str]:
    """The outputs that differ in a bit."""
    one, other = outputs(first(*inputs)), outputs(second(*inputs))
    if len(one) != len(other):
        return [f"the first gives {len(one)} values, the second {len(other)}"]
    return [
        f"output {i} differs by up to {_off(a, b)}"
        for i, (a, b) in enumerate(zip(one, other, strict=True))
        if not any(equal(a, laid) for laid in (b, *(_otherwise(a, b) if a.shape != b.shape else ())))
    ]


CLOSE = 1e-9
"""How far numbers of float64 may be apart that are rounded in another order, in terms of the largest."""


@torch.no_grad()
def only_rounded(first: nn.Module, second: nn.Module, inputs: Sequence[Tensor]) -> bool:
    """Whether two modules with equal weights compute the same, in another order: in float64 they agree."""
    doubled = [tensor.double() if tensor.is_floating_point() else tensor for tensor in inputs]
    one, other = (outputs(deepcopy(module).double()(*doubled)) for module in (first, second))
    return len(one) == len(other) and all(_close(a, b) for a, b in zip(one, other, strict=True))


def _close(a: Tensor, b: Tensor) -> bool:
    return any(
        a.shape == laid.shape and bool((a - laid).abs().max() <= CLOSE * a.abs().max().clamp(min=1))
        for laid in (b, *_otherwise(a, b))
    )


def _otherwise(a: Tensor, b: Tensor) -> list[Tensor]:
    """The second with its batch at every other place, and with the first's axes of size 1."""
    found = [b.movedim(0, place) for place in range(1, b.ndim)]
    if a.numel() == b.numel() and a.squeeze().shape == b.squeeze().shape:
        found.append(b.reshape(a.shape))
    return found


def equal(a: Tensor, b: Tensor) -> bool:
    """Whether two tensors have the same bits, or the same places without a number."""
    return torch.equal(a, b) or (
        a.shape == b.shape and torch.equal(a.nan_to_num(), b.nan_to_num()) and torch.equal(a.isnan(), b.isnan())
    )


def _named(module: nn.Module, wanted: Iterable[str]) -> dict[str, Tensor]:
    """The tensors of a module; one that has several names, as a part that is shared has, by those that are wanted."""
    groups: dict[int, dict[str, Tensor]] = {}
    for name, tensor in module.state_dict(keep_vars=True).items():
        groups.setdefault(id(tensor), {})[name] = tensor
    names = set(wanted)
    found: dict[str, Tensor] = {}
    for group in groups.values():
        found |= {name: tensor for name, tensor in group.items() if name in names} or dict([next(iter(group.items()))])
    return found


def _shown(size: tuple[int, ...]) -> str:
    return "x".join(map(str, size)) or "one number"


def outputs(value: Any) -> list[Tensor]:
    """All tensors that a module returns."""
    if isinstance(value, torch.Tensor):
        return [value]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return [tensor for item in items for tensor in outputs(item)]


def _off(a: Tensor, b: Tensor) -> str:
    if a.shape != b.shape:
        return f"its size: {_shown(tuple(a.shape))} and {_shown(tuple(b.shape))}"
    return f"{float((a - b).abs().max()):.2g}"
