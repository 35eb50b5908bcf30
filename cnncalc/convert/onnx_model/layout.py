"""How the axes of an ONNX value lie to those of ours, which have no batch.

A layout has for every axis of ONNX the sizes that it is the product of, in order, with ``BATCH`` where the batch is: windows
of an image, 64 of 49 tokens with 96 features each, are ``((BATCH, 64), (49,), (96,))``, and of ours 64x49x96.
"""

from __future__ import annotations

from math import gcd, prod
from typing import TYPE_CHECKING

from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.layers.base import Shape

BATCH = 0
"""Stands for the batch among sizes."""

Layout = tuple[tuple[int, ...], ...]


class Value(NamedTuple):
    """A value of the network under construction, and its layout."""

    place: int
    layout: Layout

    def dims(self, batch: int) -> Shape:
        """Its size as ONNX has it."""
        return tuple(prod(size or batch for size in axis) for axis in self.layout)

    @property
    def plain(self) -> bool:
        """Whether the batch is the first axis, and all others are single."""
        return bool(self.layout) and self.layout[0] == (BATCH,) and all(len(a) == 1 and a[0] for a in self.layout[1:])


def own(layout: Layout) -> Shape:
    """Our size of a layout."""
    return tuple(size for axis in layout for size in axis if size != BATCH)


def usual(shape: Shape) -> Layout:
    """The batch, then every axis by itself."""
    return ((BATCH,), *((size,) for size in shape))


def constant(dims: Shape) -> Layout:
    """Every axis by itself, without a batch."""
    return tuple((size,) for size in dims)


def regrouped(layout: Layout, target: Sequence[int], batch: int) -> Layout | None:
    """The layout behind a reshape; None if the batch ends up where it cannot be told from the rest.

    Args:
        layout: before.
        target: the sizes behind it, as ONNX has them.
        batch: its size there. A batch of 1 may stand wherever an axis of 1 is: see ``placed``.
    """
    atoms = [size for axis in layout for size in axis if size != 1 and (size != BATCH or batch != 1)]
    made = []
    for size in target:
        group = _group(atoms, size, batch)
        if group is None:
            return None
        made.append(group)
    return None if atoms else tuple(map(_merged, made))


def placed(layout: Layout) -> Layout:
    """A layout of a file whose batch is 1, and whose batch may be any of its axes of 1: the first of them."""
    plain = [tuple(size for size in axis if size != BATCH) or (1,) for axis in layout]
    if (1,) in plain:
        plain[plain.index((1,))] = (BATCH,)
    return tuple(plain)


def _group(atoms: list[int], size: int, batch: int) -> tuple[int, ...] | None:
    """The sizes that make up one axis, taken off the front."""
    group: list[int] = []
    while size > 1:
        if not atoms:
            return None
        first = atoms.pop(0)
        shared = gcd(size, first or batch)
        if first == BATCH:
            if shared != batch:
                return None
            group.append(BATCH)
            size //= batch
            continue
        if shared == 1:
            return None
        group.append(shared)
        size //= shared
        if first > shared:
            atoms.insert(0, first // shared)
    return tuple(group) or (1,)


def _merged(group: tuple[int, ...]) -> tuple[int, ...]:
    """Neighbours in an axis as one size; the batch stays apart."""
    made: list[int] = []
    for size in group:
        if made and made[-1] != BATCH and size != BATCH:
            made[-1] *= size
        else:
            made.append(size)
    kept = [size for size in made if size != 1 or len(made) == 1]
    return tuple(kept) or (1,)


def met(layouts: Sequence[Layout], batch: int) -> tuple[Layout, list[Shape]] | None:
    """The layout of values that meet element by element, and the size that each of ours must have for that.

    None if an axis of one is grouped otherwise than that of another.
    """
    rank = max(map(len, layouts))
    padded = [((1,),) * (rank - len(layout)) + layout for layout in layouts]
    made: list[tuple[int, ...]] = []
    for axes in zip(*padded, strict=True):
        whole = max(axes, key=lambda axis: (BATCH in axis, prod(size or 1 for size in axis)))
        if not all(axis == whole or _stretches(axis, whole, batch) for axis in axes):
            return None
        made.append(whole)
    shapes = []
    for layout, full in zip(layouts, padded, strict=True):
        shape: list[int] = []
        for place, (axis, whole) in enumerate(zip(full, made, strict=True)):
            sizes = [size for size in whole if size != BATCH]
            if axis == whole or (axis != (1,) and prod(axis) == prod(sizes)):
                shape += sizes
            elif place >= rank - len(layout) or shape:
                shape += [1] * len(sizes)
        shapes.append(tuple(shape))
    return tuple(made), shapes


def _stretches(axis: tuple[int, ...], whole: tuple[int, ...], batch: int) -> bool:
    """Whether an axis of a value goes with a larger one: it is 1, or the value exists once and has all of it."""
    if axis == (1,) or whole == (1,):
        return True
    return BATCH in whole and BATCH not in axis and (prod(axis) == prod(size or batch for size in whole))
