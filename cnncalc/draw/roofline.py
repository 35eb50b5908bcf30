"""Layers under the roofline: how much arithmetic for every byte, and how fast it was, against what the device reached.

Source: Williams, Waterman and Patterson, Roofline: an insightful visual performance model (2009).
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

from cnncalc.analysis.cost.roofline import attainable, ridge
from cnncalc.diagnostics import UsageError
from cnncalc.draw.chart import compact
from cnncalc.draw.measured import LayerTime, Roof, Timed, duration, measured
from cnncalc.draw.parts import labelled
from cnncalc.draw.picture import Picture, compose, short
from cnncalc.draw.plane import BELOW, Plane, plane
from cnncalc.draw.svg import Mark, circle, path, words

if TYPE_CHECKING:
    from cnncalc.draw.subject import Subject

NAMED = 4
"""Dots with names: the layers that take longest."""


def picture(subject: Subject) -> Picture:
    """The picture.

    Raises:
        UsageError: the layers or the device were not measured.
    """
    found = measured(subject)
    timed = next((one for one in found.timed if one.layers), None)
    if timed is None:
        raise UsageError("draw roofline needs the times of the layers: cnncalc time SPEC --per-layer --format json")
    if found.roof is None:
        raise UsageError("draw roofline needs what the device reaches: cnncalc time without --no-roofline")
    layers = [layer for layer in timed.layers if layer.flops and layer.moved and layer.seconds]
    if not layers:
        raise UsageError(
            "draw roofline: no layer does arithmetic, or the file is of an older version, without its FLOPs and bytes"
        )
    return _drawn(found.roof, timed, layers, found.device)


def _drawn(roof: Roof, timed: Timed, layers: list[LayerTime], device: str) -> Picture:
    dots = [(_intensity(layer), _speed(layer)) for layer in layers]
    corner = ridge(roof.flops, roof.moved)
    sheet = plane([*(x for x, _ in dots), corner], [*(y for _, y in dots), roof.flops])
    marks = sheet.frame("FLOPs per byte", "FLOPs per second")
    points = [
        (x, attainable(roof.flops, roof.moved, x))
        for x in (max(sheet.left, sheet.low / roof.moved), corner, sheet.right)
    ]
    said = f"the roof: {compact(roof.moved)}B/s, then {compact(roof.flops)}FLOP/s, from {corner:.3g} FLOPs per byte on"
    marks.append(path([sheet.at(*point) for point in points], "l1 thick", said))
    longest = sorted(layers, key=lambda layer: -layer.seconds)
    for layer in longest:
        marks.append(_dot(sheet, layer, longest[0].seconds))
    for layer in longest[:NAMED]:
        x, y = sheet.at(_intensity(layer), _speed(layer))
        marks.append(words(x, y - 7, short(labelled(layer.path, layer.op), 90), "t m"))
    ignored = len(timed.layers) - len(layers)
    about = [
        f"Measured: {device}." if device else "Measured.",
        f"A dot is a layer, its area the time that it takes; on the roof it is as fast as the device was seen to be. {ignored} layers without arithmetic are left out.",
    ]
    return compose("roofline", f"{timed.name}: roofline", about, marks, sheet.height + BELOW)


def _intensity(layer: LayerTime) -> float:
    return (layer.flops or 0) / (layer.moved or 1)


def _speed(layer: LayerTime) -> float:
    return (layer.flops or 0) / layer.seconds


def _dot(sheet: Plane, layer: LayerTime, longest: float) -> Mark:
    x, y = sheet.at(_intensity(layer), _speed(layer))
    said = f"{layer.path} {layer.op}: {duration(layer.seconds)}, {_intensity(layer):.3g} FLOPs per byte, {compact(_speed(layer))}FLOP/s"
    return circle(x, y, 2 + 6 * sqrt(layer.seconds / longest), "k0 faint", said, layer=layer.path)
