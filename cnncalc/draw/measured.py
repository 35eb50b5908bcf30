"""What was measured: reading the answer of ``cnncalc time --format json``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cnncalc.diagnostics import UsageError
from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from cnncalc.draw.subject import Subject


class LayerTime(NamedTuple):
    """A layer as it was timed; None is unknown."""

    path: str
    op: str
    seconds: float
    least: float | None
    flops: float | None
    moved: float | None


class Timed(NamedTuple):
    """A network as it was timed. ``name``: with mode and batch; ``seconds`` and their interquartile range."""

    name: str
    seconds: float
    spread: float
    least: float | None
    layers: tuple[LayerTime, ...]


class Roof(NamedTuple):
    """What the device reached: FLOPs and bytes per second."""

    flops: float
    moved: float


class Measured(NamedTuple):
    """All timings of a file, what the device reached (None: not measured), and the device in words."""

    timed: tuple[Timed, ...]
    roof: Roof | None
    device: str


def parse(text: str, name: str) -> dict[str, Any]:
    """The data of a file.

    Raises:
        UsageError: it is no JSON of ``cnncalc time``.
    """
    try:
        found = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        found = None
    if not isinstance(found, dict) or not isinstance(found.get("timings"), list):
        raise UsageError(f"{name} is no answer of cnncalc time --format json")
    return found


def measured(subject: Subject) -> Measured:
    """What was measured, of the subject.

    Raises:
        UsageError: nothing was, or it is no answer of ``cnncalc time``.
    """
    data = subject.measured
    if data is None:
        raise UsageError(f"draw {subject.what} takes what 'cnncalc time --per-layer --format json' printed, not a spec")
    try:
        return _read(data)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise UsageError(f"draw {subject.what}: this is no answer of cnncalc time --format json") from None


def _read(data: Any) -> Measured:
    timed = [_timed(one) for one in data["timings"] if one["measured"]]
    if not timed:
        raise ValueError
    roof = data.get("roofline")
    environment = data.get("environment") or {}
    device = ", ".join(str(environment[key]) for key in ("device", "processor", "cpu", "dtype") if environment.get(key))
    return Measured(
        tuple(timed),
        Roof(_number(roof["flops_per_second"]), _number(roof["bytes_per_second"])) if roof else None,
        device,
    )


def _timed(one: Any) -> Timed:
    name = f"{one['network']}, {one['mode']}, batch {int(one['batch'])}" + (", training" if one.get("train") else "")
    layers = tuple(
        LayerTime(
            str(layer["path"]), str(layer["op"]), _number(layer["measured"]["median_s"]), _maybe(layer.get("least_s")),
            _maybe(layer.get("flops")), _maybe(layer.get("moved_bytes")),
        )
        for layer in one.get("layers") or ()
    )  # fmt: skip
    return Timed(
        name,
        _number(one["measured"]["median_s"]),
        _number(one["measured"]["iqr_s"]),
        _maybe(one.get("least_s")),
        layers,
    )


def _number(value: Any) -> float:
    number = float(value)
    if not 0 <= number < float("inf"):
        raise ValueError
    return number


def _maybe(value: Any) -> float | None:
    return None if value is None else _number(value)


def duration(seconds: float) -> str:
    """A time in the unit that fits."""
    for factor, unit in ((1, "s"), (1e3, "ms"), (1e6, "µs")):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"
