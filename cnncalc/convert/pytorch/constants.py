"""Tensors that a model makes from nothing but numbers: tables of positions, masks, filters, as values of the network's own."""

from __future__ import annotations

from itertools import product
from math import isqrt, prod
from typing import TYPE_CHECKING

import torch

from cnncalc.codegen.helpers.relative_coordinates import relative_coordinates
from cnncalc.codegen.helpers.relative_index import relative_index
from cnncalc.codegen.helpers.shift_mask import shift_mask
from cnncalc.convert.pytorch.words import exact, number, own_shape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from cnncalc.layers.base import Shape

LARGEST = 64
"""Windows up to this size, and images up to as many windows, are looked for."""


HIDDEN = -100
"""What is added where two places do not see each other."""


MATRICES = 3
"""Axes of a mask of windows: windows, places, places."""


MANY = 64
"""Values of a fixed filter that a spec writes out, at most."""

FEW = 9
"""The same of one that the weights of the model have anyway."""


def _pairs(number: int, axes: int = 2) -> Iterator[tuple[int, ...]]:
    """As many factors of a number, the most equal ones first."""
    if axes == 1:
        yield (number,)
        return
    found = [(n, *rest) for n in range(1, number + 1) if number % n == 0 for rest in _pairs(number // n, axes - 1)]
    yield from sorted(found, key=lambda sizes: max(sizes) - min(sizes))


def index_of(tensor: Tensor) -> str:
    """Whole numbers as rows of a table of relative positions; empty if they are none."""
    taken, places = tensor.shape if tensor.ndim == 2 else (isqrt(tensor.numel()),) * 2  # noqa: PLR2004 (a matrix)
    if tensor.dtype != torch.int64 or taken * places != tensor.numel() or not 1 < places <= LARGEST**2 or not taken:
        return ""
    numbers = tensor.reshape(taken, places)
    for window in (*_pairs(places), *_pairs(places, 3), (places,)):
        for stride, absolute in product((1, 2, 4), (False, True)):
            if prod(-(-n // stride) for n in window) != taken or int(numbers[0, 0]) != _first(
                window, absolute=absolute
            ):
                continue
            if torch.equal(numbers, relative_index(*window, absolute=absolute, stride=stride, matrix=True)):
                by = f" stride={stride}" if stride > 1 else ""
                return f"relativeindex {_listed(window)}{' absolute' if absolute else ''}{by}"
    return ""


def _first(window: tuple[int, ...], *, absolute: bool) -> int:
    """The row of two places that are the same."""
    row = 0
    for size in window:
        row = row * (2 * size - 1) + size - 1
    return 0 if absolute else row


def _coordinates(tensor: Tensor) -> str:
    if tensor.ndim != MATRICES + 1 or tensor.shape[0] != 1 or tensor.shape[-1] != 2:  # noqa: PLR2004 (down and right)
        return ""
    high, wide = ((n + 1) // 2 for n in tensor.shape[1:3])
    wanted = relative_coordinates(high, wide)
    same = wanted.shape == tensor.shape and torch.allclose(wanted, tensor, rtol=0, atol=1e-6)
    return f"relativecoordinates ({high},{wide})" if same else ""


def _mask(tensor: Tensor) -> str:
    """Windows by 1 by places by places, or without the 1."""
    places = tensor.shape[-1]
    if tensor.numel() != tensor.shape[0] * places * places or tensor.shape[0] > LARGEST**2 or places > LARGEST**2:
        return ""
    flat = tensor.reshape(-1, 1, places, places)
    if not bool(((flat == 0) | (flat == HIDDEN)).all()) or not bool((flat == HIDDEN).any()):
        return ""
    for axes in (2, 3):
        for window, counts in product(_pairs(places, axes), _pairs(tensor.shape[0], axes)):
            size = tuple(n * w for n, w in zip(counts, window, strict=True))
            for shift in product(*((w // 2, 0) if n > 1 else (0,) for n, w in zip(counts, window, strict=True))):
                if torch.equal(shift_mask(size, window, shift), flat):
                    return f"shiftmask {_listed(size)} {_listed(window)} {_listed(shift)}"
    return ""


def _listed(sizes: tuple[int, ...]) -> str:
    return f"({','.join(map(str, sizes))}{',' if len(sizes) == 1 else ''})"


def stored(tensor: Tensor, *, persistent: bool) -> tuple[str, Shape] | None:
    """A buffer as a statement, and the size that it has there; None if its numbers cannot be said."""
    transient = "" if persistent else " persistent=false"
    text = index_of(tensor)
    if text:
        return f"{text}{' matrix' if tensor.ndim > 1 else ''}{transient}", tuple(tensor.shape)
    text = _coordinates(tensor) if tensor.is_floating_point() else ""
    if text:
        return text + transient, tuple(tensor.shape[1:])
    text = fixed(tensor, persistent=persistent)
    if not text and persistent and tensor.is_floating_point():
        text = sized(tensor)  # its numbers come with the weights
    return (text, own_shape(tensor)) if text else None


def steps_of(tensor: Tensor) -> list[tuple[str, Shape]]:
    """Statements, each on the one before, that make a tensor of numbers; none if its numbers cannot be said."""
    shape = own_shape(tensor)
    if not shape or prod(shape) == 1:
        return []
    masked = len(shape) in (MATRICES, MATRICES + 1) and shape[-1] == shape[-2] and tensor.is_floating_point()
    text = _mask(tensor.reshape(shape)) if masked else ""
    if text:
        steps = [(text, (shape[0], 1, *shape[-2:]))]
        return [*steps, (f"reshape {'x'.join(map(str, shape))}", shape)] if len(shape) == MATRICES else steps
    found = stored(tensor, persistent=False)
    return [] if found is None else [found]


def fixed(tensor: Tensor, *, persistent: bool) -> str:
    """A buffer as a statement with its values, which repeat themselves; empty if too many differ, or they are no real numbers."""
    transient = "" if persistent else " transient"
    numbers = tensor.detach().flatten()
    most = min(MANY, len(numbers)) if not persistent else min(FEW, len(numbers))
    period = next((n for n in range(1, most + 1) if _repeats(numbers, n)), 0)
    if not period or not tensor.is_floating_point():
        return ""
    values = ",".join(number(exact(float(value))) for value in numbers[:period])
    given = f" values={values}" if period == 1 else f" values=({values})"
    size, leading = _size(tensor)
    return f"buffer {size}{given}{leading}{transient}"


def sized(tensor: Tensor) -> str:
    """A buffer of a size, as a statement without its values."""
    return "buffer " + "".join(_size(tensor))


def _size(tensor: Tensor) -> tuple[str, str]:
    """A size as a statement has it, and whether one of 1 stands before it."""
    shape = own_shape(tensor)
    return "x".join(map(str, shape)) or "scalar", " leading" if len(shape) < tensor.ndim else ""


def _repeats(numbers: Tensor, period: int) -> bool:
    return len(numbers) % period == 0 and torch.equal(numbers, numbers[:period].repeat(len(numbers) // period))
