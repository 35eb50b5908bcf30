"""Which pictures say something about a network, for a report that shows them all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.draw.reading import axes_or_none, scatters, slides
from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from cnncalc.analysis.result import Analysis, Row

COVERAGES, OVERLAPS = 3, 2
"""Layers of which windows are shown at most."""


class Fitting(NamedTuple):
    """A picture to draw: its kind, and the layer (empty for the whole network)."""

    what: str
    layer: str = ""


def fitting(analysis: Analysis) -> list[Fitting]:
    """The pictures: the whole network, the field of its last layer that has one, windows that lose pixels, uneven overlaps."""
    if not analysis.rows:
        return []
    found = [Fitting(what) for what in ("network", "size", "cost", "memory")]
    seen = [row for row in analysis.rows if row.receptive_field and not all(axis.whole for axis in row.receptive_field)]
    if seen:
        found.append(Fitting("field", seen[-1].node.path))
    found += [Fitting("coverage", row.node.path) for row in _windows(analysis)]
    written = [row for row in analysis.rows if scatters(axes_or_none(analysis, row))]
    found += [Fitting("overlap", row.node.path) for row in _once(written)[:OVERLAPS]]
    return list(dict.fromkeys(found))


def _windows(analysis: Analysis) -> list[Row]:
    """Layers whose windows lose pixels of the input; without any the first that has windows."""
    having = [row for row in analysis.rows if row.fits and slides(axes_or_none(analysis, row))]
    losing = [row for row in having if any(fit.lost_real for fit in row.fits)]
    return _once(losing)[:COVERAGES] or having[:1]


def _once(rows: list[Row]) -> list[Row]:
    """One of every layer that does the same on the same size."""
    return list({(row.node.layer, row.fits): row for row in reversed(rows)}.values())[::-1]
