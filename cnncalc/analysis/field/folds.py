"""Axes that lie in the batch, cut into blocks: layers mix them within a block only, until they are axes again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.analysis.field.seen import COPIES, Fold, whole_axes
from cnncalc.analysis.field.spread import uniform
from cnncalc.analysis.field.steps import axis_of, keeps, loses_axes
from cnncalc.layers.base import Block, Window

if TYPE_CHECKING:
    from cnncalc.analysis.field.seen import Seen
    from cnncalc.analysis.field.steps import Steps
    from cnncalc.layers.base import Moved, Reach, Shape


def into_batch(moved: Moved, seen: Seen, shape: Shape) -> Seen:
    """Axes that go into the batch: every copy keeps its place on them."""
    folds = dict(seen.folds)
    cut = enumerate(moved.blocks) if moved.blocks else ((0, 1),)
    for dim, block in cut:
        axis = seen.dims[dim]
        if block and axis is not None and axis != COPIES:
            folds[axis] = Fold(block, folds[axis].size if axis in folds else shape[dim])
    return seen._replace(dims=seen.dims if moved.blocks else seen.dims[1:], folds=tuple(sorted(folds.items())))


def out_of_batch(moved: Moved, seen: Seen, out: Shape, pixels: Shape) -> Seen:
    """Copies become axes again: blocks where they were cut, else side by side as a new first axis."""
    folds = dict(seen.folds)
    if not moved.blocks:
        if len(folds) == 1 and [*folds.values()] == [Fold(1, out[0])]:
            return seen._replace(dims=(*folds, *seen.dims), folds=())
        return seen._replace(dims=(COPIES if folds else None, *seen.dims))
    places = [dim for dim, block in enumerate(moved.blocks) if block]
    axes = sorted(folds)
    if COPIES in seen.dims or [folds[a].block for a in axes] != [moved.blocks[dim] for dim in places]:
        return whole_axes(seen, axes, pixels).without_folds()
    back = dict(zip(places, axes, strict=True))
    return seen._replace(dims=tuple(back.get(dim, a) for dim, a in enumerate(seen.dims)), folds=())


def folded(steps: Steps, reach: Reach, shape: Shape, seen: Seen, after: Seen, out: Shape, pixels: Shape) -> Seen:
    """One operand through a layer that sees blocks.

    Where the blocks lie side by side in the value, and are mixed themselves, everything of their axis is seen.

    Args:
        steps: what is known of views through maps.
        reach: what the layer reads.
        shape: of the operand.
        seen: what the operand sees.
        after: what the output would see if the axes in the batch were none of the input's.
        out: the shape of the output.
        pixels: the sizes of the axes of the input.
    """
    folds = dict(seen.folds)
    lost = loses_axes(reach, len(seen.dims), len(out))
    views, shortest, spread = list(after.views), list(after.shortest), list(after.spread)
    left = {} if COPIES in seen.dims and (lost or not keeps(reach, seen.dims.index(COPIES))) else dict(folds)
    for axis, fold in folds.items():
        if axis not in left:
            views[axis], shortest[axis], spread[axis] = None, None, uniform(pixels[axis])
            continue
        view, short, wide = seen.views[axis], seen.shortest[axis], seen.spread[axis]
        block = _block(reach, shape, seen, axis, fold, out, lost=lost)
        if block is not None:
            wide += steps.scatter(view, block)
            view, short = steps.through(view, block), steps.through(short, block)
            left[axis] = Fold(block.out, fold.size // fold.block * block.out)
        views[axis], shortest[axis], spread[axis] = view, short, wide
    dims = _dims(reach, seen, set(folds) - set(left), len(out), lost=lost)
    return after._replace(
        views=tuple(views), shortest=tuple(shortest), spread=tuple(spread), dims=dims, folds=tuple(left.items())
    )


def _dims(reach: Reach, seen: Seen, gone: set[int], leaving: int, *, lost: bool) -> tuple[int | None, ...]:
    """The axes of the output's dimensions; those that are seen whole are gone."""
    if lost:
        return (None,) * leaving
    dims = seen.dims if reach.order is None else tuple(seen.dims[i] for i in reach.order)
    return tuple(None if axis in gone else axis for axis in dims)


def _block(reach: Reach, shape: Shape, seen: Seen, axis: int, fold: Fold, out: Shape, *, lost: bool) -> Block | None:
    """What a layer reads within a block, all of it unless it is a window; None where every place reads itself."""
    if lost:
        return Block(fold.block, fold.block)
    if axis not in seen.dims or not _spreads(reach, dim := seen.dims.index(axis), shape, out):
        return None
    window = axis_of(reach, dim) if reach.axes else None
    return Block(fold.block, out[dim], window if isinstance(window, Window) else None)


def _spreads(reach: Reach, dim: int, shape: Shape, out: Shape) -> bool:
    """Whether outputs read more than their own place of a block: the layer mixes, or one place is stretched to several."""
    return not keeps(reach, dim) or (reach.order is None and shape[dim] < out[dim])
