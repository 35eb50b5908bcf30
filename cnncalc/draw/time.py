"""Measured times as bars: of the layers, longest first, or where no layers were measured of the networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.draw.measured import Timed, duration, measured
from cnncalc.draw.parts import labelled
from cnncalc.draw.picture import INNER, Picture, compose, short
from cnncalc.draw.svg import Mark, line, rect, words
from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from cnncalc.draw.subject import Subject

MOST = 40
NAMES = 108.0
ROW = 14.0


class Bar(NamedTuple):
    """A bar; ``least``: the time that the roofline allows."""

    name: str
    seconds: float
    least: float | None
    layer: str = ""


def picture(subject: Subject) -> Picture:
    """The picture.

    Raises:
        UsageError: nothing was measured.
    """
    found = measured(subject)
    timed = next((one for one in found.timed if one.layers), None)
    bars = _layers(timed) if timed else [Bar(one.name, one.seconds, one.least) for one in found.timed]
    most = max(max(bar.seconds, bar.least or 0) for bar in bars) or 1.0
    marks: list[Mark] = []
    for place, bar in enumerate(bars):
        marks += _bar(bar, place * ROW, most)
    about = [f"Measured: {found.device}." if found.device else "Measured."]
    if timed:
        total = sum(layer.seconds for layer in timed.layers)
        about.append(
            f"The whole takes {duration(timed.seconds)}, the layers by themselves {duration(total)}; longest first."
        )
        left = len(timed.layers) - len(bars)
        about += [f"{left} shorter ones are left out."] if left > 0 else []
    about += ["The line on a bar is the least time that the roofline allows."] if any(bar.least for bar in bars) else []
    return compose(
        "time", f"{timed.name}: time by layer" if timed else "Measured times", about, marks, ROW * len(bars) + 2
    )


def _layers(timed: Timed) -> list[Bar]:
    longest = sorted(timed.layers, key=lambda layer: -layer.seconds)[:MOST]
    return [Bar(labelled(layer.path, layer.op), layer.seconds, layer.least, layer.path) for layer in longest]


def _bar(bar: Bar, y: float, most: float) -> list[Mark]:
    scale = (INNER - NAMES - 4) / most
    said = f"{bar.name}: {duration(bar.seconds)}" + (f", at least {duration(bar.least)}" if bar.least else "")
    marks = [
        words(NAMES - 4, y + 9, short(bar.name, NAMES - 6), "s e", layer=bar.layer),
        rect(NAMES, y, bar.seconds * scale, ROW - 3, "k0 faint", said, layer=bar.layer),
        words(NAMES + 3, y + 9, duration(bar.seconds), "t"),
    ]
    if bar.least:
        x = NAMES + bar.least * scale
        marks.append(line(x, y - 1, x, y + ROW - 2, "win", f"{bar.name}: at least {duration(bar.least)}"))
    return marks
