"""What failing calls are told with: a reason, a remedy, sizes and settings."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import torch

from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

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


def tensor(args: Sequence[Any], place: int) -> Tensor | None:
    """An argument, if it is a tensor."""
    return args[place] if len(args) > place and isinstance(args[place], torch.Tensor) else None


def number(broken: Broken, watch: Watch, argument: str, value: int) -> Remedy:
    """A number of a module: its argument in the constructor. No number helps one that ran before, on other sizes."""
    path, settings = broken.call.path, broken.call.settings
    if settings is not None and any(call.settings is settings for call in watch.calls[: broken.number]):
        return Remedy(f"'{path}' has run before, on other sizes: a module of its own here, with {argument}={value}")
    if settings is None:
        return Remedy(f"a weight for {argument}={value}")
    return Remedy(f"{argument}={value} of '{path}'" if path else f"{argument}={value}", path, argument, value)


def product(shape: Sequence[int]) -> str:
    """``1568 = 32*7*7``; the number alone where it is no product."""
    total = prod(shape)
    return f"{total:,} = {'*'.join(map(str, shape))}" if len(shape) > 1 else f"{total:,}"


def size(shape: Sequence[int]) -> str:
    """``3x8x8``."""
    return "x".join(map(str, shape)) or "a number"


def at(value: Any, axis: int) -> int:
    """A setting of one axis: one number for all, or one per axis."""
    values = value if isinstance(value, list | tuple) else [value]
    return int(values[axis] if len(values) > axis else values[0])


def padding(settings: nn.Module | None, axis: int) -> int:
    """What a module pads on each side of an axis; 0 where it says so in a word."""
    given = getattr(settings, "padding", 0)
    return 0 if isinstance(given, str) else at(given, axis)
