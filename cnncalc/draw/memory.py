"""The bytes that are alive over the execution: inference, and a training step forward and backward, with their peaks."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from cnncalc.analysis.memory import timeline
from cnncalc.draw.parts import labelled
from cnncalc.draw.picture import INNER, LINE, Picture, compose, short
from cnncalc.draw.svg import Mark, hidden, line, path, rect, words
from cnncalc.render.columns import bytes_of
from cnncalc.render.summary import heading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.analysis.memory.timeline import Moment, Timeline
    from cnncalc.analysis.result import Analysis
    from cnncalc.draw.subject import Subject

HEIGHT = 110.0
"""Of one chart."""

BARS = 108
"""Bars of a chart; of more moments every bar shows the largest of several."""

NAMED = 8
"""Values of a peak that are named."""

_CSS = {"inference": "k0", "forward": "k0", "backward": "k1", "update": "k2"}


def picture(subject: Subject) -> Picture:
    """The picture."""
    analysis = subject.analysis
    charts = (
        ("Inference", timeline.inference(analysis)),
        (f"A training step ({analysis.optimizer})", timeline.step(analysis)),
    )
    marks: list[Mark] = []
    y = 0.0
    for title, found in charts:
        made, height = _chart(analysis, title, found, y)
        marks += made
        y += height + 10
    about = [
        heading(analysis),
        "Bytes alive while each layer runs, after PyTorch's eager mode (estimated). Weights are not drawn: they are there all the time.",
    ]
    return compose("memory", f"{analysis.graph.name}: memory over the execution", about, marks, y - 10)


def _chart(analysis: Analysis, title: str, found: Timeline, top: float) -> tuple[list[Mark], float]:
    if not found.moments:
        return [], 0.0
    peak = found.moments[found.top]
    named = _named(analysis, peak)
    said = f"peak {bytes_of(peak.bytes)} at {short(named, 112)}"
    beside = f"weights: {bytes_of(found.base)} more"
    marks = [words(0, top + 9, title, "b"), words(0, top + 21, said, "s"), words(INNER, top + 21, beside, "s e soft")]
    base = top + 30 + HEIGHT
    groups = _grouped(found.moments)
    wide = INNER / len(groups)
    frame = [line(0, base, INNER, base, "axis")]
    for i, group in enumerate(groups):
        best = max(group, key=lambda moment: moment.bytes)
        high = HEIGHT * best.bytes / (peak.bytes or 1)
        said = f"{best.phase}, {_named(analysis, best)}: {bytes_of(best.bytes)}"
        css = "peak" if peak in group else _CSS[best.phase]
        marks.append(rect(i * wide, base - high, max(wide - 0.3, 0.5), high, css, said, layer=_path(analysis, best)))
        if peak in group:
            x = min(max((i + 0.5) * wide, 4), INNER - 4)
            frame.append(path([(x - 4, top + 23), (x + 4, top + 23), (x, top + 29)], "peak", closed=True))
    for x, text in _phases(groups, wide):
        frame.append(line(x, top + 26, x, base, "grid"))
        marks.append(words(x + 2, base + 10, text, "t soft"))
    y = base + 14
    listed, more = _listed(found, y + 4)
    return [*marks, hidden(frame), *listed], y + 4 + more - top


def _path(analysis: Analysis, moment: Moment) -> str:
    """The path that stands for a moment in a table, which has no inputs."""
    node = analysis.graph.nodes[moment.at]
    return "" if node.op == "input" else node.path


def _named(analysis: Analysis, moment: Moment) -> str:
    node = analysis.graph.nodes[moment.at]
    return labelled(node.path, node.op)


def _grouped(moments: Sequence[Moment]) -> list[Sequence[Moment]]:
    """One or several moments to a bar; none of two phases."""
    if len(moments) <= BARS:
        return [[moment] for moment in moments]
    cuts = {i * len(moments) // BARS for i in range(BARS)}
    cuts |= {i for i in range(1, len(moments)) if moments[i].phase != moments[i - 1].phase}
    places = [*sorted(cuts | {0}), len(moments)]
    return [moments[a:b] for a, b in pairwise(places)]


def _phases(groups: Sequence[Sequence[Moment]], wide: float) -> list[tuple[float, str]]:
    """Where each phase begins; names where there is room."""
    found: list[tuple[float, str]] = []
    for i, group in enumerate(groups):
        phase = group[0].phase
        if (i == 0 or groups[i - 1][0].phase != phase) and i * wide < INNER - 30 and phase != "inference":
            found.append((i * wide, phase))
    return found


def _listed(found: Timeline, top: float) -> tuple[list[Mark], float]:
    """What the peak consists of, as bars with names."""
    most = found.peak[0].bytes if found.peak else 1
    marks = [words(0, top + 9, "the peak consists of", "s soft")]
    y = top + LINE + 2
    for held in found.peak[:NAMED]:
        marks.append(rect(0, y, 60 * held.bytes / most, LINE - 3, "peak faint", f"{held.name}: {held.bytes:,} bytes"))
        marks.append(words(3, y + 8, bytes_of(held.bytes), "t"))
        marks.append(words(66, y + 8, short(held.name, INNER - 66), "s"))
        y += LINE + 1
    rest = found.peak[NAMED:]
    if rest:
        marks.append(words(66, y + 8, f"and {len(rest)} more, {bytes_of(sum(held.bytes for held in rest))}", "s soft"))
        y += LINE + 1
    return marks, y - top
