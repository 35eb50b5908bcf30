"""What a value sees of one network input, axis by axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.analysis.field.spread import uniform
from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Container

    from cnncalc.analysis.field.positions import View
    from cnncalc.layers.base import Shape

COPIES = -1
"""The dimension of a value that holds the copies of a sample, taken out of the batch."""


class Fold(NamedTuple):
    """An axis that is cut into blocks, which lie in the batch: the size of a block, and of the axis."""

    block: int
    size: int


class Seen(NamedTuple):
    """What a value sees of one network input.

    ``source``: index of the input. ``views``: per spatial axis of the input; None if every output sees the whole axis.
    ``shortest``: the same along the shortest path. ``spread``: per axis, the variance of the pixels that matter, estimated.
    ``dims``: for each dimension of the value the axis that it carries, None if it is none of the input's.
    ``folds``: axes that lie in the batch, by axis; their views are those of the axis as if it were not cut.
    """

    source: int
    views: tuple[View | None, ...]
    shortest: tuple[View | None, ...]
    spread: tuple[float, ...]
    dims: tuple[int | None, ...]
    folds: tuple[tuple[int, Fold], ...] = ()

    def without_folds(self) -> Seen:
        """The same as if the axes that lie in the batch, and its copies, were none of the input's."""
        cut = {COPIES, *(axis for axis, _ in self.folds)}
        return self._replace(folds=(), dims=tuple(None if axis in cut else axis for axis in self.dims))


def sizes_of(seen: Seen, shape: Shape) -> dict[int, int]:
    """How many places a value has on each axis that it carries, or whose blocks lie in the batch."""
    own = {axis: size for axis, size in zip(seen.dims, shape, strict=False) if axis is not None}
    return own | {axis: fold.size for axis, fold in seen.folds} if seen.folds else own


def whole_axes(seen: Seen, axes: Container[int], pixels: Shape) -> Seen:
    """The same, seeing the whole of some axes; ``pixels`` are the sizes of the axes of the input."""
    views = tuple(None if a in axes else view for a, view in enumerate(seen.views))
    shortest = tuple(None if a in axes else view for a, view in enumerate(seen.shortest))
    spread = tuple(uniform(pixels[a]) if a in axes else known for a, known in enumerate(seen.spread))
    return seen._replace(views=views, shortest=shortest, spread=spread)
