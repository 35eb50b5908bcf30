"""The network as volumes: a block for every size, as high and deep as the image, as thick as it has channels."""

from __future__ import annotations

from math import log2
from typing import TYPE_CHECKING

from cnncalc.draw.parts import labelled
from cnncalc.draw.picture import INNER, Picture, compose, short
from cnncalc.draw.size import levels
from cnncalc.draw.svg import Mark, group, path, words
from cnncalc.layers.base import Shape, shown
from cnncalc.render.summary import heading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.draw.size import Level
    from cnncalc.draw.subject import Subject

IN_ROW = 6
"""Blocks in a row at most; fewer where sizes are long."""

MOST, FOLDED = 60, 24
"""Blocks that are drawn, and parts to which a network is folded unless a depth is given."""

HIGH, DEEP, THICK = 52.0, 15.0, 22.0
"""The largest block: its height, its depth drawn aslant, its thickness."""

_ABOUT = (
    "One block for every size, in the order of execution: as high and deep as the image, as thick as it has channels (by their "
    "logarithms). Layers that change no size are left out; connections stand in the graph."
)

ROW = HIGH + DEEP + 44


def volumes(subject: Subject) -> Picture:
    """The picture."""
    analysis = subject.analysis
    found = levels(analysis, subject.options.depth, MOST, FOLDED)
    most = [max(_axes(level.shape)[i] for level in found) for i in range(3)] if found else [1, 1, 1]
    longest = max((len(shown(level.shape)) for level in found), default=1)
    in_row = max(1, min(IN_ROW, int(INNER / (4.9 * longest + 8))))
    wide = INNER / in_row
    marks = [
        _volume(level, (place % in_row + 0.5) * wide, place // in_row * ROW, wide, most)
        for place, level in enumerate(found)
    ]
    marks += [_arrow(place % in_row * wide, place // in_row * ROW) for place in range(1, len(found))]
    about = [heading(analysis), _ABOUT]
    return compose("network", analysis.graph.name, about, marks, -(-len(found) // in_row) * ROW)


def _axes(shape: Shape) -> tuple[int, int, int]:
    """Height, depth and thickness: of an image its height, its width and all else; of a line its length, 1 and the channels."""
    if len(shape) == 1:
        return shape[0], 1, 1
    if len(shape) == 2:  # noqa: PLR2004 (channels and a length)
        return shape[1], 1, shape[0]
    thick = 1
    for size in shape[:-2]:
        thick *= size
    return shape[-2], shape[-1], thick


def _volume(level: Level, middle: float, top: float, wide: float, most: Sequence[int]) -> Mark:
    sizes = _axes(level.shape)
    high, deep, thick = (
        2 + (room - 2) * log2(size + 1) / log2(largest + 1)
        for room, size, largest in zip((HIGH, DEEP, THICK), sizes, most, strict=True)
    )
    left, bottom = middle - (thick + deep) / 2, top + 12 + (HIGH + DEEP + high + deep) / 2
    a, b = (left, bottom), (left + thick, bottom)
    c, d = (left + thick, bottom - high), (left, bottom - high)
    aslant = (deep, -deep)
    c2, d2, b2 = ((x + aslant[0], y + aslant[1]) for x, y in (c, d, b))
    return group(
        [
            path([a, b, c, d], "front edge", closed=True),
            path([d, c, c2, d2], "top edge", closed=True),
            path([b, b2, c2, c], "side edge", closed=True),
            words(middle, top + 9, short(labelled(level.name, level.op), wide - 2, 5.2), "t m"),
            words(middle, top + 12 + HIGH + DEEP + 12, shown(level.shape), "t m soft"),
        ],
        title=f"{level.name}: {level.op}, {shown(level.shape)}",
        layer=level.layer,
    )


def _arrow(x: float, top: float) -> Mark:
    y = top + 12 + (HIGH + DEEP) / 2
    return group([path([(x - 3, y - 3), (x - 3, y + 3), (x + 2, y)], "head", closed=True)], title="then")
