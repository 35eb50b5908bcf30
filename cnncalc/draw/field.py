"""The receptive field of a layer over the input: what one output sees, what of it matters, and how it grew."""

from __future__ import annotations

from math import log, sqrt
from typing import TYPE_CHECKING

from cnncalc.analysis.explain.size import AXES
from cnncalc.analysis.field.receptive_field import seen_by
from cnncalc.analysis.field.seen import sizes_of
from cnncalc.diagnostics import UsageError
from cnncalc.draw.growth import growth
from cnncalc.draw.image import underlay
from cnncalc.draw.parts import labelled
from cnncalc.draw.picture import INNER, LINE, Picture, compose
from cnncalc.draw.svg import Mark, group, moved, rect, words
from cnncalc.layers.base import shown
from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.analysis.field.pixels import Stretch
    from cnncalc.analysis.field.seen import Seen
    from cnncalc.analysis.result import AxisField, Row
    from cnncalc.draw.subject import Subject

PIECES = 900
"""More pieces of a field with holes are drawn as one."""


class Span(NamedTuple):
    """One axis of the input: its size, the pieces of it that an output sees, unclipped, and how wide what matters is."""

    size: int
    pieces: tuple[Stretch, ...]
    effective: float

    @property
    def first(self) -> int:
        """The first pixel, negative in the padding."""
        return self.pieces[0][0]

    @property
    def last(self) -> int:
        """The last pixel."""
        return self.pieces[-1][1]

    @property
    def centre(self) -> float:
        """The middle of the field."""
        return (self.first + self.last + 1) / 2


def picture(subject: Subject) -> Picture:
    """The picture.

    Raises:
        UsageError: the layer has no field; the place, the object or the file does not fit.
    """
    analysis, row = subject.analysis, subject.row(lambda one: bool(one.receptive_field))
    fields = row.receptive_field
    if not fields:
        raise UsageError(_refusal(row, unknown=fields is None))
    seen = seen_by(analysis.graph)[row.node.index]
    assert seen is not None  # noqa: S101 (it has a field)
    entering = analysis.graph.nodes[seen.source]
    at = _place(subject, row, seen, len(fields))
    spans = _spans(seen, fields, at, (entering.shape or ())[1:])
    things = _object(subject, len(fields))
    marks, height = _panels(spans, things, underlay(subject.options.image))
    grown, more = growth(analysis, row, height + 10)
    title = (
        f"{labelled(row.node.path, row.node.op)}: what one output sees of {entering.path} {shown(entering.shape or ())}"
    )
    return compose("field", title, _about(row, fields, spans, at, things), (*marks, *grown), height + 10 + more)


def _refusal(row: Row, *, unknown: bool) -> str:
    if unknown:
        return f"the receptive field of {row.node.path} is unknown: it cannot be drawn"
    return f"{row.node.path} sees no axis of an image: there is no receptive field to draw"


def _place(subject: Subject, row: Row, seen: Seen, rank: int) -> tuple[int, ...]:
    """The place of the output: the middle, or what was asked for."""
    sizes = sizes_of(seen, row.node.shape or ())
    counts = [sizes.get(axis, 1) for axis in range(rank)]
    at = subject.options.at
    if at is None:
        return tuple(count // 2 for count in counts)
    wanted = ",".join(f"0..{count - 1}" for count in counts)
    if len(at) != rank or any(not 0 <= place < count for place, count in zip(at, counts, strict=False)):
        given = ",".join(map(str, at))
        raise UsageError(f"--at {given}: {row.node.path} has its outputs at {wanted}")
    return at


def _spans(seen: Seen, fields: Sequence[AxisField], at: Sequence[int], sizes: Sequence[int]) -> list[Span]:
    found = []
    for view, field, place, size in zip(seen.views, fields, at, sizes, strict=True):
        pieces = [(0, size - 1)] if view is None else view.at(place).stretches() or [(0, -1)]
        found.append(Span(size, tuple(pieces), field.effective))
    return found


def _object(subject: Subject, rank: int) -> tuple[int, ...] | None:
    thing = subject.options.object
    if thing is not None and len(thing) != rank:
        raise UsageError(f"--object {shown(thing)}: the input has {rank} {'axis' if rank == 1 else 'axes'}")
    return thing


def _about(
    row: Row, fields: Sequence[AxisField], spans: Sequence[Span], at: Sequence[int], things: Sequence[int] | None
) -> list[str]:
    sizes = "x".join(str(span.last - span.first + 1) for span in spans)
    inputs = "x".join(str(span.size) for span in spans)
    whole = "" if not all(field.whole for field in fields) else ", the whole input"
    said = [
        f"Output {', '.join(map(str, at))} sees {sizes} pixels of {inputs}{whole}; effective about {_wide(fields)} (estimated)."
    ]
    inside = [sum(min(b, s.size - 1) - max(a, 0) + 1 for a, b in s.pieces if b >= 0 and a < s.size) for s in spans]
    beyond = [s.last - s.first + 1 > s.size or s.first < 0 or s.last >= s.size for s in spans]
    if any(beyond):
        said.append(
            f"It reaches beyond the input, where there is padding: {'x'.join(map(str, inside))} pixels are real."
        )
    for name, span in zip(AXES[len(spans)], spans, strict=True):
        if len(span.pieces) > 1:
            read = sum(b - a + 1 for a, b in span.pieces)
            said.append(
                f"{name}: {read} of {span.last - span.first + 1} pixels; the others are holes, between dilated taps."
            )
    if things is not None:
        fits = all(field.size >= thing for field, thing in zip(fields, things, strict=True))
        said.append(
            f"An object of {shown(tuple(things))} {'fits into' if fits else 'is larger than'} the field of {row.node.path}."
        )
    return said


def _wide(fields: Sequence[AxisField]) -> str:
    return "x".join(f"{field.effective:.1f}" for field in fields)


# ---------------------------------------------------------------------------------------------- marks


def _panels(spans: Sequence[Span], things: Sequence[int] | None, image: Mark | None) -> tuple[list[Mark], float]:
    """A plane; of a volume a line for its depth above it; of one axis a line."""
    if len(spans) == 1:
        return _strip(spans[0], things[0] if things else None, "", 0.0)
    marks: list[Mark] = []
    top = 0.0
    if len(spans) > 2:  # noqa: PLR2004 (a volume)
        marks, top = _strip(spans[0], things[0] if things else None, "depth", 0.0)
    plane, height = _plane(spans[-2], spans[-1], things[-2:] if things else None, image)
    return [*marks, moved(plane, 0, top + 4)], top + 4 + height


def _strip(span: Span, thing: int | None, name: str, top: float) -> tuple[list[Mark], float]:
    low, high = min(span.first, 0), max(span.last, span.size - 1) + 1
    scale = INNER / (high - low)
    marks = [words(0, top + 9, f"{name} {span.size}".strip(), "s")]
    top += LINE + 2
    marks.append(rect(-low * scale, top, span.size * scale, 16, "box edge", f"the input, {span.size}"))
    pieces = span.pieces if len(span.pieces) <= PIECES else ((span.first, span.last),)
    marks += [
        rect((a - low) * scale, top, (b - a + 1) * scale, 16, "seen field", f"pixels {a} to {b}")
        for a, b in pieces
        if b >= a
    ]
    wide = span.effective * scale
    marks.append(
        rect(
            (span.centre - low) * scale - wide / 2,
            top + 5,
            wide,
            6,
            "k1",
            f"what matters, about {span.effective:.1f} (estimated)",
        )
    )
    if thing is not None:
        marks.append(
            rect(
                (span.centre - low - thing / 2) * scale,
                top + 2,
                thing * scale,
                12,
                "object dash",
                f"an object of {thing}",
            )
        )
    return marks, top + 18


def _plane(rows: Span, columns: Span, things: Sequence[int] | None, image: Mark | None) -> tuple[list[Mark], float]:
    left, right = min(columns.first, 0), max(columns.last + 1, columns.size)
    top, bottom = min(rows.first, 0), max(rows.last + 1, rows.size)
    scale = min(INNER / (right - left), INNER / (bottom - top))
    x0, y0 = (INNER - (right - left) * scale) / 2 - left * scale, -top * scale

    def box(first: tuple[float, float], size: tuple[float, float], css: str, title: str) -> Mark:
        return rect(x0 + first[1] * scale, y0 + first[0] * scale, size[1] * scale, size[0] * scale, css, title)

    marks = [box((0, 0), (rows.size, columns.size), "box edge", f"the input, {rows.size}x{columns.size}")]
    if image is not None:
        place = (("x", x0), ("y", y0), ("width", columns.size * scale), ("height", rows.size * scale))
        marks.append(image._replace(attributes=(*place, *image.attributes)))
    whole = len(rows.pieces) * len(columns.pieces) > PIECES
    sides = [((span.first, span.last),) if whole else span.pieces for span in (rows, columns)]
    pieces = [(r, c) for r in sides[0] for c in sides[1] if r[1] >= r[0] and c[1] >= c[0]]
    one = "seen field" if len(pieces) == 1 else "seen"
    marks += [
        box((r[0], c[0]), (r[1] - r[0] + 1, c[1] - c[0] + 1), one, f"rows {r[0]} to {r[1]}, columns {c[0]} to {c[1]}")
        for r, c in pieces
    ]
    marks += _glow(
        x0 + columns.centre * scale, y0 + rows.centre * scale, rows.effective * scale, columns.effective * scale
    )
    if things is not None:
        corner = (rows.centre - things[0] / 2, columns.centre - things[1] / 2)
        marks.append(box(corner, (things[0], things[1]), "object dash", f"an object of {things[0]}x{things[1]}"))
    return marks, (bottom - top) * scale


RINGS = 16
"""Ellipses of equal weight, one over the other, that make a bell."""


def _glow(x: float, y: float, high: float, wide: float) -> list[Mark]:
    """The effective field: a bell over four standard deviations, in steps: ring n of 16 ends where exp(-r^2 / 2) is n/16."""
    sizes = [1.0, *(min(sqrt(-2 * log(n / RINGS)) / 2, 1.0) for n in range(1, RINGS))]
    ellipses = [
        Mark("ellipse", (("class", "bell"), ("cx", x), ("cy", y), ("rx", wide / 2 * size), ("ry", high / 2 * size)))
        for size in sizes
    ]
    return [group(ellipses, title="what matters: the effective field, estimated")]
