"""Other sizes of the input with which a model runs: each is tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from cnncalc.convert.broken.facts import at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor, nn

    from cnncalc.convert.broken.watch import Broken, Call, Watch

STEPS = (2, 4, 8, 16, 32, 64, 128)
"""Multiples to which sizes are rounded; a network that halves five times takes multiples of 32."""

MOST = 2**24
"""Numbers of an input that is tried, at most."""


def that_run(module: nn.Module, inputs: Sequence[Tensor]) -> tuple[tuple[int, ...], int] | None:
    """The nearest size of the first input with which the model runs, and the multiple that its axes are of.

    Returns:
        None if no multiple of a power of two up to 128 does, near the size that is there.
    """
    shape = tuple(inputs[0].shape[1:])
    if len(shape) < 2 or any(tuple(value.shape) != tuple(inputs[0].shape) for value in inputs):  # noqa: PLR2004 (an axis)
        return None
    for step in STEPS:
        for size in (_rounded(shape, step, up=False), _rounded(shape, step, up=True)):
            if size != shape and all(size) and _runs(module, inputs, size):
                return size, step
    return None


def undivided(watch: Watch, broken: Broken) -> str:
    """The last layers before a call whose stride does not divide the size that enters them: doubling gives another size."""
    found = [text for call in watch.calls[: broken.number] if (text := _undivided(call))]
    return f"the stride does not divide the size at {', '.join(found[-3:])}" if found else ""


def _rounded(shape: Sequence[int], step: int, *, up: bool) -> tuple[int, ...]:
    return (shape[0], *((-(-n // step) if up else n // step) * step for n in shape[1:]))


def _runs(module: nn.Module, inputs: Sequence[Tensor], size: tuple[int, ...]) -> bool:
    values = [torch.zeros(len(value), *size) for value in inputs]
    if sum(value.numel() for value in values) > MOST:
        return False
    try:
        with torch.no_grad():
            module(*values)
    except (Exception, SystemExit):  # noqa: BLE001 (the model is not ours: it may raise anything)
        return False
    return True


def _undivided(call: Call) -> str:
    """A layer whose stride does not divide the size that enters; empty for all others."""
    stride = getattr(call.settings, "stride", None)
    if stride is None or "Transpose" in call.name or not call.entering or not call.leaving:
        return ""
    before, after = call.entering[0][2:], call.leaving[0][2:]
    if len(before) != len(after):
        return ""
    for axis, (n, out) in enumerate(zip(before, after, strict=True)):
        if n % at(stride, axis):
            return f"'{call.path}' ({n} gives {out})"
    return ""
