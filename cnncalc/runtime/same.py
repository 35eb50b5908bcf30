"""Whether two modules are the same network: names and sizes of their tensors, and outputs to the bit with equal weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from cnncalc.runtime.threads import threads

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor, nn


def differences(first: nn.Module, second: nn.Module, inputs: Sequence[Tensor]) -> list[str]:
    """What differs; nothing if the modules are the same network. The second gets the weights of the first.

    Args:
        first: any module.
        second: the one that is held against it; both are left in evaluation.
        inputs: what both are called with.
    """
    mine, theirs = _sizes(first), _sizes(second)
    found = [f"only the first has {name}" for name in mine.keys() - theirs.keys()]
    found += [f"only the second has {name}" for name in theirs.keys() - mine.keys()]
    found += [
        f"{name} is {_shown(mine[name])} and {_shown(theirs[name])}"
        for name in mine.keys() & theirs.keys()
        if mine[name] != theirs[name]
    ]
    if found:
        return sorted(found)
    second.load_state_dict(first.state_dict())
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
        if not equal(a, b)
    ]


def equal(a: Tensor, b: Tensor) -> bool:
    """Whether two tensors have the same bits, or the same places without a number."""
    return torch.equal(a, b) or (
        a.shape == b.shape and torch.equal(a.nan_to_num(), b.nan_to_num()) and torch.equal(a.isnan(), b.isnan())
    )


def _sizes(module: nn.Module) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}


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
