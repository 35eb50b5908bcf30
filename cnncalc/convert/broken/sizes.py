"""Other sizes of the input with which a model runs: each is tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from cnncalc.convert.broken.facts import Remedy, at

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


def remedy(running: tuple[tuple[int, ...], int] | None, watch: Watch, broken: Broken) -> Remedy | None:
    """The size that runs, and the layers that lost rows on the way."""
    losing = [_lost(call) for call in watch.calls[: broken.number]]
    found = [text for text in losing if text]
    said = f"; rows were lost at {', '.join(found[-3:])}" if found and len(broken.call.entering) > 1 else ""
    if running is None:
        return Remedy(said.removeprefix("; ")) if said else None
    size, step = running
    return Remedy(f"an input of {'x'.join(map(str, size))} runs (tried; multiples of {step}){said}", "", "input", step)


def _rounded(shape: Sequence[int], step: int, *, up: bool) -> tuple[int, ...]:
    return (shape[0], *((-(-n // step) if up else n // step) * step for n in shape[1:]))


def _runs(module: nn.Module, inputs: Sequence[Tensor], size: tuple[int, ...]) -> bool:
    values = [torch.zeros(len(value), *size) for value in inputs]
    if sum(value.numel() for value in values) > MOST:
        return False
    try:
        with torch.no_grad():
            module(*values)
    except Exception:  # noqa: BLE001 (the model is not ours: it may raise anything)
        return False
    return True


def _lost(call: Call) -> str:
    """A window that does not fit, and what it leaves."""
    settings = call.settings
    stride, kernel = getattr(settings, "stride", None), getattr(settings, "kernel_size", None)
    if stride is None or kernel is None or not call.entering or "Transpose" in call.name:
        return ""
    for axis, n in enumerate(call.entering[0][2:]):
        k, s = at(kernel, axis), at(stride, axis)
        padding = getattr(settings, "padding", 0)
        room = n + (0 if isinstance(padding, str) else 2 * at(padding, axis))
        rest = (room - at(getattr(settings, "dilation", 1), axis) * (k - 1) - 1) % s
        if rest and not getattr(settings, "ceil_mode", False):
            return f"'{call.path}' ({n} gives {call.leaving[0][2 + axis]})" if call.leaving else ""
    return ""
