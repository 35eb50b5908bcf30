"""One operand through a layer: what the output sees by way of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.analysis.field.folds import folded, into_batch, out_of_batch
from cnncalc.analysis.field.seen import COPIES, Seen
from cnncalc.analysis.field.spread import uniform
from cnncalc.analysis.field.steps import axis_of, loses_axes
from cnncalc.layers.base import POINTWISE

if TYPE_CHECKING:
    from cnncalc.analysis.field.positions import View
    from cnncalc.analysis.field.steps import Steps
    from cnncalc.layers.base import AxisMap, Reach, Shape

    Asked = tuple[View | None, View | None, float, AxisMap | None, bool, int, bool]


def moved(steps: Steps, reach: Reach, shape: Shape, seen: Seen, out: Shape, pixels: Shape) -> Seen:
    """What the output sees by way of one operand.

    Args:
        steps: what is known of views through maps.
        reach: what the layer reads of the operand.
        shape: of the operand.
        seen: what the operand sees.
        out: the shape of the output.
        pixels: the sizes of the axes of the input that is seen.

    Raises:
        TooFineError: in too many pieces to follow them.
    """
    if reach is POINTWISE and shape == out and None not in seen.views:
        return seen
    if reach.batch is not None:
        if reach.batch.into:
            return into_batch(reach.batch, seen, shape)
        return out_of_batch(reach.batch, seen, out, pixels)
    if seen.folds or COPIES in seen.dims:
        after = moved(steps, reach, shape, seen.without_folds(), out, pixels)
        return folded(steps, reach, shape, seen, after, out, pixels)
    if loses_axes(reach, len(shape), len(out)):
        whole = (None,) * len(seen.views)
        return Seen(seen.source, whole, whole, tuple(map(uniform, pixels)), (None,) * len(out))
    if reach.order is not None:
        return seen._replace(dims=tuple(seen.dims[i] for i in reach.order))
    return _along_axes(steps, reach, shape, seen, out, pixels)


def _along_axes(steps: Steps, reach: Reach, shape: Shape, seen: Seen, out: Shape, pixels: Shape) -> Seen:
    """Dimension by dimension, each in its place; what is asked of one like the last is answered as there."""
    views, shortest, spread = list(seen.views), list(seen.shortest), list(seen.spread)
    last = answer = None
    for dim, axis in enumerate(seen.dims):
        if axis is None:
            continue
        by = axis_of(reach, dim) if reach.axes else None
        asked = (views[axis], shortest[axis], spread[axis], by, shape[dim] < out[dim], pixels[axis], bool(dim))
        if answer is None or asked != last:
            last, answer = asked, _along_axis(steps, reach, dim, asked)
        views[axis], shortest[axis], spread[axis] = answer
    return Seen(seen.source, tuple(views), tuple(shortest), tuple(spread), seen.dims)


def _along_axis(steps: Steps, reach: Reach, dim: int, asked: Asked) -> tuple[View | None, View | None, float]:
    """One dimension: what is seen, along the shortest path, and how far it scatters."""
    before, short, spread, by, broadcast, pixels, _ = asked
    view = steps.step(before, reach, dim, broadcast=broadcast)
    shortest = view if short is before else steps.step(short, reach, dim, broadcast=broadcast)
    if view is None:
        return view, shortest, uniform(pixels)
    if before is not None and dim and by is not None and view is not before:
        spread += steps.scatter(before, by)
    return view, shortest, spread
