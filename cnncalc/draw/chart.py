"""Axes of charts: round numbers, and figures in few characters."""

from __future__ import annotations

from math import ceil, floor, log10

_UNITS = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


def compact(value: float) -> str:
    """Three digits and a unit of 1,000: ``23.5 M``."""
    for size, unit in _UNITS:
        if abs(value) >= size * 0.9995:
            return f"{_three(value / size)} {unit}"
    return _three(value)


def _three(value: float) -> str:
    places = 0 if abs(value) >= 99.95 else 1 if abs(value) >= 9.995 else 2  # noqa: PLR2004 (three digits)
    text = f"{value:.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def ticks(most: float, count: int = 4) -> list[float]:
    """Round numbers from 0 on, about so many, up to ``most``."""
    if most <= 0:
        return [0.0]
    raw = most / count
    power = 10.0 ** floor(log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * 0.999)
    return [step * i for i in range(int(most / step + 1e-9) + 1)]


def decades(low: float, high: float) -> list[float]:
    """Powers of ten around a range of positive numbers."""
    return [10.0**power for power in range(floor(log10(low)), ceil(log10(high)) + 1)]
