"""Whether two modules are the same network: names and sizes of their tensors, and outputs to the bit with equal weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

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
    with torch.no_grad():
        one, other = _outputs(first.eval()(*inputs)), _outputs(second.eval()(*inputs))
    if len(one) != len(other):
        return [f"the first gives {len(one)} values, the second {len(other)}"]
    return [
        f"output {i} differs by up to {_off(a, b)}"
        for i, (a, b) in enumerate(zip(one, other, strict=True))
        if not torch.equal(a, b)
    ]


def _sizes(module: nn.Module) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}


def _shown(size: tuple[int, ...]) -> str:
    return "x".join(map(str, size)) or "one number"


def _outputs(value: Any) -> list[Tensor]:
    """All tensors that a module returns."""
    if isinstance(value, torch.Tensor):
        return [value]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return [tensor for item in items for tensor in _outputs(item)]


def _off(a: Tensor, b: Tensor) -> str:
    if a.shape != b.shape:
        return f"its size: {_shown(tuple(a.shape))} and {_shown(tuple(b.shape))}"
    return f"{float((a - b).abs().max()):.2g}"
