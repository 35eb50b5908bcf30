"""The size of every axis from input to output: a row for every layer or block that changes one."""

from __future__ import annotations

from math import log2
from typing import TYPE_CHECKING

from cnncalc.analysis.explain.size import AXES
from cnncalc.draw.parts import labelled, parts
from cnncalc.draw.picture import INNER, Picture, compose, short
from cnncalc.draw.svg import Mark, hidden, line, rect, words
from cnncalc.layers.base import Shape, shown
from cnncalc.record import NamedTuple
from cnncalc.render.summary import heading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.analysis.result import Analysis
    from cnncalc.draw.subject import Subject

MOST = 60
FINE = 2000
"""Of larger networks blocks are folded before sizes are compared."""

NAMES = 92.0
ROW = 14.0


class Level(NamedTuple):
    """A place in the network: what it is called, what happens there, and the size behind it."""

    name: str
    op: str
    shape: Shape
    times: int

    @property
    def layer(self) -> str:
        """The path that stands for it in a table, which has no inputs."""
        return "" if self.op == "input" else self.name


def picture(subject: Subject) -> Picture:
    """The picture."""
    analysis = subject.analysis
    found = levels(analysis, subject.options.depth, MOST)
    columns = _columns([level.shape for level in found])
    wide = (INNER - NAMES) / len(columns)
    marks: list[Mark] = []
    for i, (title, axes) in enumerate(columns.items()):
        marks += _column(found, title, axes, NAMES + wide * i, wide - 6, f"k{min(i, 3)}")
    for place, level in enumerate(found):
        marks.append(
            words(
                NAMES - 4,
                24 + place * ROW,
                short(labelled(level.name, level.op), NAMES - 6),
                "s e",
                f"{level.name}: {level.op}",
                layer=level.layer,
            )
        )
    about = [heading(analysis), "Bars are drawn by the logarithm of the size; layers that change no size are left out."]
    return compose("size", f"{analysis.graph.name}: sizes from input to output", about, marks, 18 + ROW * len(found))


def levels(analysis: Analysis, depth: int | None, most: int, fine: int = FINE) -> list[Level]:
    """Inputs, and every part, of ``fine`` at most unless a depth is given, behind which the size is another than before it."""
    found = [Level(node.path, "input", node.shape, node.times) for node in analysis.graph.inputs if node.shape]
    before = {level.shape for level in found}
    last: Shape | None = found[-1].shape if len(before) == 1 and found else None
    for part in parts(analysis, depth, fine):
        node = part.last.node
        if node.shape and node.shape != last:
            found.append(Level(part.name, part.op, node.shape, node.times))
            last = node.shape
    if len(found) > most:
        return list(dict.fromkeys(found[i * (len(found) - 1) // (most - 1)] for i in range(most)))
    return found


def _columns(shapes: Sequence[Shape]) -> dict[str, tuple[int, ...]]:
    """What the columns show: places in the shapes; spatial axes that are always equal share one."""
    rank = max((len(shape) for shape in shapes), default=1)
    names = AXES.get(rank - 1, tuple(f"axis {i}" for i in range(1, rank)))
    columns = {"channels": (0,)}
    groups: dict[tuple[int, ...], list[int]] = {}
    for i in range(1, rank):
        groups.setdefault(tuple(shape[i] for shape in shapes if len(shape) == rank), []).append(i)
    return columns | {" = ".join(names[i - 1] for i in group): tuple(group) for group in groups.values()}


def _column(levels: Sequence[Level], title: str, axes: tuple[int, ...], x: float, wide: float, css: str) -> list[Mark]:
    values = [level.shape[axes[0]] if axes[0] < len(level.shape) else None for level in levels]
    most = log2(max((value or 0 for value in values), default=1) + 1) or 1.0
    middle = x + wide / 2
    marks = [
        words(middle, 9, short(title, wide + 4, 5.0), "s b m"),
        hidden([line(middle, 13, middle, 14 + ROW * len(levels), "grid")]),
    ]
    for place, (level, value) in enumerate(zip(levels, values, strict=True)):
        if value is None:
            continue
        y, half = 15 + place * ROW, wide / 2 * log2(value + 1) / most
        often = "" if level.times == 1 else f", {level.times} times per sample"
        marks.append(
            rect(
                middle - half,
                y,
                2 * half,
                ROW - 3,
                f"{css} faint",
                f"{level.name}: {shown(level.shape)}{often}",
                layer=level.layer,
            )
        )
        marks.append(words(middle, y + 9, f"{value:,}", "t m"))
    return marks
