"""Distances in memory between neighbours on every axis of a tensor, the batch first: of views, and of new values like others."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Numbers = tuple[int, ...]


def channels_last(sizes: Numbers, strides: Numbers) -> bool:
    """Whether PyTorch takes a map with two or three spatial axes for one whose channels lie last.

    Source: ATen's ``is_channels_last_strides_2d``.
    """
    if len(sizes) not in {4, 5} or strides[1] == 0:
        return False
    least = 0
    for axis in (1, *range(len(sizes) - 1, 1, -1), 0):
        if strides[axis] < least or (axis == 0 and least == strides[1]):
            return False
        least = strides[axis] * max(sizes[axis], 1)
    return True


def ordered(sizes: Numbers, axes: Sequence[int]) -> Numbers:
    """The distances where the axes follow one another in this order."""
    found, step = [0] * len(sizes), 1
    for axis in reversed(axes):
        found[axis] = step
        step *= sizes[axis]
    return tuple(found)


def contiguous(sizes: Numbers) -> Numbers:
    """Those of a value that fills its memory in order."""
    return ordered(sizes, range(len(sizes)))


def is_contiguous(sizes: Numbers, strides: Numbers) -> bool:
    """Whether a value fills its memory in order; the distance along an axis of 1 says nothing."""
    return all(size == 1 or step == own for size, step, own in zip(sizes, strides, contiguous(sizes), strict=True))


def is_dense_last(sizes: Numbers, strides: Numbers) -> bool:
    """Whether a map fills its memory with the channels last."""
    if len(sizes) not in {4, 5}:
        return False
    wanted = ordered(sizes, behind(len(sizes)))
    return all(size == 1 or step == own for size, step, own in zip(sizes, strides, wanted, strict=True))


def behind(axes: int) -> Numbers:
    """The order of axes in which the channels lie last."""
    return (0, *range(2, axes), 1)


def iterated(sizes: Numbers, operands: Sequence[Numbers], *, alike: bool = True) -> Numbers:
    """Those of a new value that is computed number by number from operands with these distances, 0 where they are stretched.

    ``alike``: whether they all have the sizes of the result.

    Source: ATen's ``TensorIterator``: ``fast_set_up`` and ``reorder_dimensions``.
    """
    if 0 not in operands[0] and 1 not in sizes and is_contiguous(sizes, operands[0]):
        return operands[0]  # the first has the first word, and nothing is open
    if alike and all(is_contiguous(sizes, strides) for strides in operands):
        return contiguous(sizes)
    if alike and all(is_dense_last(sizes, strides) for strides in operands):
        return ordered(sizes, behind(len(sizes)))
    order = list(reversed(range(len(sizes))))
    for start in range(1, len(order)):
        place = start
        for other in reversed(range(start)):
            turn = _swapped(sizes, operands, order[other], order[place])
            if turn < 0:
                break
            if turn:
                order[other], order[place] = order[place], order[other]
                place = other
    return ordered(sizes, order[::-1])


def preserved(sizes: Numbers, strides: Numbers) -> Numbers:
    """Those of a new value like one with these distances: its own where it fills its memory, else in the same order.

    Source: ATen's ``empty_like`` and ``infer_dense_strides``.
    """
    order = sorted((axis for axis, size in enumerate(sizes) if size > 1), key=strides.__getitem__)
    filled = all(strides[axis] == prod(sizes[other] for other in order[:place]) for place, axis in enumerate(order))
    return strides if filled else iterated(sizes, [strides])


def _swapped(sizes: Numbers, operands: Sequence[Numbers], inner: int, outer: int) -> int:
    """Whether an axis that lies inside another one should lie outside: 1 if so, -1 if not, 0 if nothing says it."""
    for strides in operands:
        a, b = strides[inner], strides[outer]
        if a and b and a != b:
            return 1 if a > b else -1
        if a and b and sizes[inner] > sizes[outer]:
            return 1
    return 0


def viewed(sizes: Numbers, strides: Numbers, wanted: Numbers) -> Numbers | None:
    """Those of a look at the same memory in other sizes; None if there is none. Source: ATen's ``computeStride``."""
    found = [0] * len(wanted)
    place = len(wanted) - 1
    step, whole, seen = strides[-1], 1, 1
    for axis in reversed(range(len(sizes))):
        whole *= sizes[axis]
        if axis and (sizes[axis - 1] == 1 or strides[axis - 1] == whole * step):
            continue
        while place >= 0 and (seen < whole or wanted[place] == 1):
            found[place] = seen * step
            seen *= wanted[place]
            place -= 1
        if seen != whole:
            return None
        if axis:
            step, whole, seen = strides[axis - 1], 1, 1
    return tuple(found) if place < 0 else None


def cut(sizes: Numbers, strides: Numbers, windows: dict[int, int]) -> Numbers | None:
    """Those of a look at windows side by side in the batch; None if that is a copy.

    ``windows``: the size of the window by axis, the batch being axis 0.
    """
    counts = [(sizes[axis] // size, strides[axis] * size) for axis, size in windows.items()]
    inner = [(windows.get(axis, n), strides[axis]) for axis, n in enumerate(sizes) if axis]
    whole, steps = zip((sizes[0], strides[0]), *counts, *inner, strict=True)
    return viewed(whole, steps, (prod(whole[: 1 + len(counts)]), *whole[1 + len(counts) :]))


def put_back(sizes: Numbers, strides: Numbers, counts: dict[int, int]) -> Numbers | None:
    """Those of a look at a map that is put together of windows in the batch; None if that is a copy.

    ``counts``: how many windows lie along each axis, the batch being axis 0.
    """
    step, apart = strides[0], {}
    for axis, count in reversed(counts.items()):
        apart[axis], step = (count, step), step * count
    parts = [(sizes[0] // prod(counts.values()), step)]
    for axis, size in enumerate(sizes[1:], 1):
        parts += [apart[axis], (size, strides[axis])] if axis in apart else [(size, strides[axis])]
    whole, steps = zip(*parts, strict=True)
    out = (parts[0][0], *(size * counts.get(axis, 1) for axis, size in enumerate(sizes[1:], 1)))
    return viewed(whole, steps, out)
