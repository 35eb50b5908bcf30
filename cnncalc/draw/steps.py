"""The first window over a grid, and windows that step over it."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING
from zlib import crc32

from cnncalc.draw.cells import LABEL, Scale, scale, side
from cnncalc.draw.picture import LINE
from cnncalc.draw.svg import Mark, group, number, rect

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.draw.reading import Axis

SECONDS = 0.7
"""Of one step."""

TAPS = 400
"""More taps of a window are not drawn one by one."""


def first(axes: Sequence[Axis], places: Sequence[Sequence[int | None]]) -> list[Mark]:
    """The window of the first output, of a line or a plane."""
    if len(axes) > 2 or not all(_whole(axis, part, 0) for axis, part in zip(axes, places, strict=True)):  # noqa: PLR2004 (a plane)
        return []
    made, _ = _window(axes, places)
    return [group(made, title="the window of the first output")]


def windows(axes: Sequence[Axis], places: Sequence[Sequence[int | None]]) -> tuple[list[Mark], str]:
    """A window that steps over all places at which it lies within what is drawn, row by row; and the rules that move it."""
    if len(axes) > 2:  # noqa: PLR2004 (slices have no common window)
        return [], ""
    if not all(_whole(axis, part, 0) for axis, part in zip(axes, places, strict=True)):
        return [], ""
    inner, scales = _window(axes, places)
    rules, period = "", SECONDS
    for axis, part, one, letter in zip(reversed(axes), reversed(places), reversed(scales), "XY", strict=False):
        outputs = [o for o in _near_ends(axis.out, len(part)) if _whole(axis, part, o)]
        period *= len(outputs)
        shifts = [one.starts[axis.taps(o)[0]] - one.starts[axis.taps(0)[0]] for o in outputs]
        name, rule = _frames(letter, shifts, period)
        rules += rule
        inner = [group(inner, name)]
    return [group(inner, title="the window, step by step")], f"@media(prefers-reduced-motion:no-preference){{{rules}}}"


def _near_ends(count: int, drawn: int) -> list[int]:
    """The outputs whose windows can lie within what is drawn."""
    return [*range(min(count, drawn)), *range(max(count - drawn, drawn), count)]


def _frames(letter: str, shifts: Sequence[float], period: float) -> tuple[str, str]:
    """The class of what moves so, and the rules for it; named by what they say, for there may be others on a page."""
    frames = "".join(
        f"{number(100 * i / len(shifts))}%{{transform:translate{letter}({number(shift)}px)}}"
        for i, shift in enumerate(shifts)
    )
    name = f"step{crc32(f'{frames}{period}'.encode()):x}"
    return name, f"@keyframes {name}{{{frames}}}.cnn .{name}{{animation:{name} {number(period)}s step-end infinite}}"


def ladder(axis: Axis, places: Sequence[int | None], top: float) -> tuple[list[Mark], float]:
    """Under a line of cells what every output reads, one row per output; and the height of that."""
    one = scale(places, side([places]))
    marks: list[Mark] = []
    y = top
    for output in _near_ends(axis.out, len(places)):
        taps = [tap for tap in axis.taps(output) if tap in one.starts] if _whole(axis, places, output) else []
        if taps:
            bars = [rect(LABEL + one.starts[tap] + 1, y, one.cell - 2, 5, "c4") for tap in taps]
            marks.append(group(bars, title=f"output {output} reads {', '.join(map(str, taps))}"))
            y += 7
    return marks, y - top


def _whole(axis: Axis, part: Sequence[int | None], output: int) -> bool:
    taps = axis.taps(output)
    return len(taps) <= len(part) and set(taps) <= set(part) and _close(part, taps)


def _close(part: Sequence[int | None], taps: Sequence[int]) -> bool:
    """Whether no gap lies between the first and the last tap."""
    drawn = list(part)
    return None not in drawn[drawn.index(taps[0]) : drawn.index(taps[-1]) + 1]


def _window(axes: Sequence[Axis], places: Sequence[Sequence[int | None]]) -> tuple[list[Mark], list[Scale]]:
    """The taps of the first window; as one box where they touch or are many."""
    cell = side(places)
    scales = [scale(part, cell) for part in places]
    taps = [axis.taps(0) for axis in axes]
    dense = all(tap[-1] - tap[0] + 1 == len(tap) for tap in taps)
    starts = [[one.starts[t] for t in tap if t in one.starts] for one, tap in zip(scales, taps, strict=True)]
    if not all(starts):
        return [], scales
    x, y = LABEL, LINE
    if dense or len(taps[0]) * len(taps[-1]) > TAPS:
        wide = starts[-1][-1] - starts[-1][0] + cell
        high = starts[0][-1] - starts[0][0] + cell if len(axes) > 1 else cell
        top = starts[0][0] if len(axes) > 1 else 0.0
        return [rect(x + starts[-1][0], y + top, wide, high, "win")], scales
    pairs = product(starts[0], starts[-1]) if len(axes) > 1 else ((0.0, s) for s in starts[-1])
    return [rect(x + right, y + down, cell, cell, "win") for down, right in pairs], scales
