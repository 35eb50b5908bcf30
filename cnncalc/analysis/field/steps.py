"""One axis through one map: the same view and map are followed once."""

from __future__ import annotations

from typing import final

from cnncalc.analysis.field.pixels import Budget
from cnncalc.analysis.field.positions import View, merged, through
from cnncalc.analysis.field.spread import variance
from cnncalc.layers.base import AxisMap, Reach, Same, Whole


@final
class Steps:
    """What is known already of views through maps, within one budget of pieces."""

    def __init__(self) -> None:
        """Nothing followed yet."""
        self.budget = Budget()
        self._views: dict[tuple[View, AxisMap], View] = {}
        self._scatters: dict[tuple[int, int, AxisMap], float] = {}

    def through(self, view: View | None, axis: AxisMap) -> View | None:
        """What the outputs see whose inputs see a view.

        Raises:
            TooFineError: in too many pieces to follow them.
        """
        if view is None:
            return None
        key = (view, axis)
        known = self._views.get(key)
        if known is None:
            known = self._views[key] = through(view, axis, self.budget)
        return known

    def step(self, view: View | None, reach: Reach, dim: int, *, broadcast: bool) -> View | None:
        """One dimension through a layer. Most layers that are not point-wise mix all channels, dimension 0."""
        if view is None or not reach.axes:
            return View(1, 0, view.phases[:1]) if view is not None and broadcast else view
        axis = axis_of(reach, dim)
        if axis is None or isinstance(axis, Whole):
            return None
        return view if isinstance(axis, Same) else self.through(view, axis)

    def scatter(self, view: View | None, axis: AxisMap) -> float:
        """What a map adds to the variance of what a view sees, in pixels."""
        if view is None:
            return 0.0
        key = (view.shift, view.period, axis)
        known = self._scatters.get(key)
        if known is None:
            known = self._scatters[key] = (view.shift / view.period) ** 2 * variance(axis)
        return known

    def joined(self, views: list[View | None], size: int) -> View | None:
        """What an output sees along several paths; a whole axis if one does.

        Raises:
            TooFineError: in too many pieces to follow them.
        """
        known = [view for view in views if view is not None]
        return merged(known, size, self.budget) if len(known) == len(views) else None


def axis_of(reach: Reach, dim: int) -> AxisMap | None:
    """The map of a dimension, of which 0 are the channels; None where a layer mixes them all."""
    return reach.axes[dim - 1] if dim else reach.first


def keeps(reach: Reach, dim: int) -> bool:
    """Whether every output reads its own place on a dimension only."""
    return reach.order is not None or not reach.axes or isinstance(axis_of(reach, dim), Same)


def loses_axes(reach: Reach, entering: int, leaving: int) -> bool:
    """Whether a layer leaves nothing of the axes, of which so many enter and leave."""
    return reach.globally or (reach.order is None and entering != leaving)
