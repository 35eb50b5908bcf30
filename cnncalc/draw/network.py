"""The architecture: as a graph of layers or folded blocks, or as volumes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.diagnostics import UsageError
from cnncalc.draw.boxes import Box, boxes
from cnncalc.draw.layout import Layout, Place, layout
from cnncalc.draw.picture import INNER, Picture, compose, short
from cnncalc.draw.svg import Mark, curve, group, number, path, rect, words
from cnncalc.render.summary import heading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.draw.subject import Subject

MOST = 60
"""Boxes that are drawn unless a depth is given."""

LANE = 7.0
GAP = 14.0
ONE_LINE, TWO_LINES = 17.0, 28.0
STYLES = ("graph", "volumes")


def picture(subject: Subject) -> Picture:
    """The picture.

    Raises:
        UsageError: there is no such style; too many boxes at this depth.
    """
    analysis, style = subject.analysis, subject.options.style
    if style not in STYLES:
        raise UsageError(f"--style {style}: the network is drawn as graph or volumes")
    if style == "volumes":
        from cnncalc.draw.volumes import volumes

        return volumes(subject)
    found, inputs = boxes(analysis, subject.options.depth, MOST)
    plan = layout(inputs)
    sheet = _Sheet(found, plan)
    marks = [*map(sheet.edge, range(len(plan.edges))), *(sheet.box(i) for i in range(len(found)))]
    skips = sum(edge.way == "lane" for edge in plan.edges)
    about = [
        heading(analysis),
        f"{len(found)} boxes of {len(analysis.rows):,} layers"
        + (f", {skips} connections past others" if skips else "")
        + ".",
    ]
    return compose("network", analysis.graph.name, about, marks, sheet.height)


class _Sheet:
    """Where boxes and connections come to lie."""

    def __init__(self, found: Sequence[Box], plan: Layout) -> None:
        self.found, self.plan = found, plan
        self.lane = min(LANE, 90 / max(plan.lanes, 1))
        room = INNER - (plan.lanes * self.lane + 6 if plan.lanes else 0)
        self.pitch = room / plan.columns
        self.wide = min(self.pitch - (10 if plan.columns > 1 else 0), 230)
        self.left = (room - self.pitch * plan.columns) / 2 + (self.pitch - self.wide) / 2 if plan.columns == 1 else 0.0
        self.side = self.left + self.pitch * (plan.columns - 1) + self.wide
        self.crowded = _crowded(plan)
        self.tops: list[float] = []
        y = 4.0
        for rank in range(plan.rows):
            self.tops.append(y)
            y += self.high(rank) + GAP
        self.height = y - GAP + 4

    def high(self, rank: int) -> float:
        return TWO_LINES if rank in self.crowded else ONE_LINE

    def width(self, place: Place) -> float:
        """Of a box: where nothing is beside it, as wide as reads well."""
        return self.wide if place.rank in self.crowded else max(self.wide, min(self.side - self.left, 230.0))

    def corner(self, place: Place) -> tuple[float, float]:
        return self.left + place.column * self.pitch, self.tops[place.rank]

    # ------------------------------------------------------------------------------------------ boxes

    def box(self, index: int) -> Mark:
        box, place = self.found[index], self.plan.places[index]
        x, y = self.corner(place)
        high = self.high(place.rank)
        css = "box edge" if box.many else "c1 edge" if box.op != "input" else "top edge"
        wide = self.width(place)
        frame = rect(x, y, wide, high, css, radius=3)
        inside = [frame]
        if box.many:
            inside.insert(0, rect(x + 2.5, y + 2.5, wide, high, css, radius=3))
        size = 4.9 * len(box.size)
        if high == ONE_LINE:
            inside.append(words(x + 5, y + 12, short(box.label, wide - size - 14), "s"))
            inside.append(words(x + wide - 4, y + 12, box.size, "s e soft"))
        else:
            label = box.label if 5.3 * len(box.label) <= wide - 6 else box.tail
            inside.append(words(x + wide / 2, y + 12, short(label, wide - 4, 5.0), "s m"))
            inside.append(words(x + wide / 2, y + 23, box.size, "t m soft"))
        return group(inside, title=box.title, layer=box.layer)

    # ------------------------------------------------------------------------------------------ connections

    def edge(self, index: int) -> Mark:
        edge = self.plan.edges[index]
        title = f"{self.found[edge.source].name} to {self.found[edge.target].name}: {self.found[edge.source].size}"
        first, last = self.plan.places[edge.source], self.plan.places[edge.target]
        if edge.way == "lane":
            return self.around(first, last, edge.lane, title)
        (x1, y1), (x2, y2) = self.corner(first), self.corner(last)
        x1, x2, y1 = x1 + self.wide / 2, x2 + self.wide / 2, y1 + self.high(first.rank)
        if x1 == x2:
            return group([path([(x1, y1), (x2, y2 - 3)], "arrow"), _head(x2, y2, "head")], title=title)
        bend = y2 - GAP / 2
        return group(
            [path([(x1, y1), (x1, bend), (x2, bend), (x2, y2 - 3)], "arrow"), _head(x2, y2, "head")], title=title
        )

    def around(self, first: Place, last: Place, lane: int, title: str) -> Mark:
        """Through a lane: out at the side and in at the side, or below and above where other boxes are in the way."""
        x = self.side + 8 + lane * self.lane
        (x1, y1), (x2, y2) = self.corner(first), self.corner(last)
        if first.rank in self.crowded:
            start = [
                (x1 + self.wide * 0.8, y1 + self.high(first.rank)),
                (x1 + self.wide * 0.8, y1 + self.high(first.rank) + 4),
            ]
        else:
            start = [(x1 + self.width(first), y1 + self.high(first.rank) * 0.65)]
        if last.rank in self.crowded:
            over = x2 + self.wide * 0.8
            end = [(over, y2 - 5), (over, y2 - 3)]
            head = _head(over, y2, "skiphead")
        else:
            end = [(x2 + self.width(last) + 3, y2 + self.high(last.rank) * 0.35)]
            head = _head_left(x2 + self.width(last), y2 + self.high(last.rank) * 0.35, "skiphead")
        return group([_rounded([*start, (x, start[-1][1]), (x, end[0][1]), *end], "skip"), head], title=title)


def _crowded(plan: Layout) -> set[int]:
    """The rows in which something is beside the first column: a box, or a connection that runs down there."""
    found = {place.rank for place in plan.places if place.column > 0}
    for edge in plan.edges:
        first, last = plan.places[edge.source], plan.places[edge.target]
        if edge.way == "down" and first.column > 0:
            found.update(range(first.rank + 1, last.rank))
    return found


def _rounded(points: Sequence[tuple[float, float]], css: str, radius: float = 3.0) -> Mark:
    """A line of horizontal and vertical pieces with round corners."""
    text = f"M{number(points[0][0])} {number(points[0][1])}"
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        near, far = _towards(corner, before, radius), _towards(corner, after, radius)
        text += f"L{number(near[0])} {number(near[1])}Q{number(corner[0])} {number(corner[1])} {number(far[0])} {number(far[1])}"
    return curve(f"{text}L{number(points[-1][0])} {number(points[-1][1])}", css)


def _towards(start: tuple[float, float], end: tuple[float, float], most: float) -> tuple[float, float]:
    """A point at most so far from one towards another, and at most half of the way."""
    long = abs(end[0] - start[0]) + abs(end[1] - start[1])
    share = min(most, long / 2) / long if long else 0.0
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


def _head(x: float, y: float, css: str) -> Mark:
    return path([(x - 2.5, y - 5), (x + 2.5, y - 5), (x, y)], css, closed=True)


def _head_left(x: float, y: float, css: str) -> Mark:
    return path([(x + 5, y - 2.5), (x + 5, y + 2.5), (x, y)], css, closed=True)
