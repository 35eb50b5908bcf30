"""The operands of a merge: their paths side by side; of several network inputs the first counts."""

from __future__ import annotations

from math import prod
from operator import mul
from typing import TYPE_CHECKING

from cnncalc.analysis.field.seen import Seen, sizes_of, whole_axes
from cnncalc.layers.base import Block

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.analysis.field.positions import View
    from cnncalc.analysis.field.steps import Steps
    from cnncalc.layers.base import Shape


def joined(steps: Steps, operands: Sequence[tuple[Shape, Seen]], out: Shape, pixels: Shape) -> Seen:
    """What the output sees by way of all operands.

    Args:
        steps: what is known of views through maps.
        operands: the shape of each, and what the output sees by way of it; all of one input of the network.
        out: the shape of the output.
        pixels: the sizes of the axes of that input.

    Raises:
        TooFineError: in too many pieces to follow them.
    """
    parts = [part for _, part in operands]
    first = parts[0]
    if all(part == first for part in parts[1:]):
        return first
    if any(part.folds != first.folds for part in parts):
        largest = max(parts, key=lambda part: prod(fold.block for _, fold in part.folds))
        parts = [_over_blocks(steps, part, largest) for part in parts]
        first = parts[0]
    if any(part.folds != first.folds for part in parts):
        parts = [whole_axes(part, range(len(part.views)), pixels) for part in parts]
    placed = max(parts, key=lambda part: len(part.dims) - part.dims.count(None))  # one may have lost its axes
    views, shortest = _paths(steps, parts, sizes_of(placed, out))
    weights = [prod(shape) for shape, _ in operands]
    whole = sum(weights)
    spread = tuple(
        [sum(map(mul, weights, spreads)) / whole for spreads in zip(*[part.spread for part in parts], strict=True)]
    )
    return Seen(first.source, tuple(views), tuple(shortest), spread, placed.dims, first.folds)


def _over_blocks(steps: Steps, part: Seen, other: Seen) -> Seen:
    """A value with one number per block, which every place of the block meets: it sees what the number does."""
    views, shortest, folds = list(part.views), list(part.shortest), dict(part.folds)
    for axis, fold in other.folds:
        own = folds.get(axis)
        if own is None or own.block != 1 or axis in part.dims or own.size * fold.block != fold.size:
            continue
        stretch = Block(1, fold.block)
        views[axis], shortest[axis] = steps.through(views[axis], stretch), steps.through(shortest[axis], stretch)
        folds[axis] = fold
    return part._replace(views=tuple(views), shortest=tuple(shortest), folds=tuple(folds.items()))


def _paths(steps: Steps, parts: list[Seen], sizes: dict[int, int]) -> tuple[list[View | None], list[View | None]]:
    """What is seen along all paths, and along the shortest; once for all axes that are alike."""
    views: list[View | None] = []
    shortest: list[View | None] = []
    last = None
    for axis in range(len(parts[0].views)):
        own = (sizes.get(axis, 1), [part.views[axis] for part in parts], [part.shortest[axis] for part in parts])
        if own == last:
            views.append(views[-1])
            shortest.append(shortest[-1])
            continue
        last = own
        views.append(steps.joined(own[1], own[0]))
        shortest.append(_shortest(own[2], own[0]))
    return views, shortest


def _shortest(views: list[View | None], size: int) -> View | None:
    """The smallest of the paths at the centre; a whole axis is the largest."""
    known = [view for view in views if view is not None]
    centre = size // 2
    return min(known, key=lambda view: view.phases[centre % view.period].width) if known else None
