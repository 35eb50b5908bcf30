"""The columns of every table: what they are called, how a row becomes text. Renderers only arrange them."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from cnncalc.diagnostics import UsageError
from cnncalc.layers.base import shown
from cnncalc.record import NamedTuple
from cnncalc.spec.suggest import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cnncalc.analysis.result import AxisField
    from cnncalc.layers.base import Fit
    from cnncalc.render.fold import Line


class Column(NamedTuple):
    """``importance``: in a narrow terminal those with the highest number go first."""

    id: str
    title: str
    cell: Callable[[Line], str]
    right: bool = True
    importance: int = 0


def number(value: int | None) -> str:
    """A whole number with separators; ``?`` where it is unknown."""
    return "?" if value is None else f"{value:,}"


def decimal(value: Fraction) -> str:
    """An exact number as people read it: whole, or with two places."""
    return str(value.numerator) if value.denominator == 1 else f"{float(value):.2f}"


_UNITS = ("KiB", "MiB", "GiB", "TiB")


def bytes_of(value: int | None) -> str:
    """Bytes in the unit that fits, of 1024 each: ``840 B``, ``136.50 KiB``, ``1.13 MiB``."""
    if value is None:
        return "?"
    if value < 2**10:
        return f"{value} B"
    for power, unit in enumerate(_UNITS, 1):
        text = f"{value / 2 ** (10 * power):,.2f}"
        if text != "1,024.00" and value < 2 ** (10 * (power + 1)):
            return f"{text} {unit}"
    return f"{text} {unit}"


def per_axis(values: Sequence[str]) -> str:
    """One text if all axes are equal, else joined by x."""
    return values[0] if len(set(values)) == 1 else "x".join(values)


def _shape(line: Line) -> str:
    if line.shape is None:
        return "?"
    return f"{'~' if line.assumed else ''}{shown(line.shape)}"


def often(times: int) -> str:
    """How often a value exists, where it is not once per sample: ``once`` (per network), or so many times per sample."""
    return "" if times == 1 else f"{times} per sample" if times else "once"


def exact(fits: Sequence[Fit]) -> str:
    """The exact size where the window does not fit: ``54.25``."""
    return per_axis([decimal(fit.exact) for fit in fits]) if any(fit.exact.denominator > 1 for fit in fits) else ""


def _lost(line: Line) -> str:
    """Rows of the real input that no window covers."""
    return per_axis([str(fit.lost_real) for fit in line.fits]) if any(fit.lost_real for fit in line.fits) else ""


def _field(name: str) -> Callable[[Line], str]:
    def cell(line: Line) -> str:
        if line.receptive_field is None:
            return "?"
        return per_axis([_axis(axis, name) for axis in line.receptive_field]) if line.receptive_field else ""

    return cell


def _axis(axis: AxisField, name: str) -> str:
    if axis.whole and name in ("size", "effective"):
        return "all"
    value = getattr(axis, name)
    if isinstance(value, Fraction):
        return decimal(value)
    return f"{value:.1f}" if isinstance(value, float) else str(value)


COLUMNS = {
    column.id: column
    for column in (
        Column("layer", "layer", lambda line: line.path, right=False),
        Column("op", "op", lambda line: line.op, right=False, importance=3),
        Column("output", "output", _shape),
        Column("times", "exists", lambda line: often(line.times), importance=2),
        Column("exact", "exact", lambda line: exact(line.fits), importance=1),
        Column("lost", "lost", _lost, importance=2),
        Column("params", "params", lambda line: number(line.params), importance=1),
        Column("buffers", "buffers", lambda line: number(line.buffers), importance=8),
        Column("macs", "MACs", lambda line: number(line.macs), importance=2),
        Column("flops", "FLOPs", lambda line: number(line.flops), importance=8),
        Column("output_bytes", "output bytes", lambda line: bytes_of(line.output_bytes), importance=7),
        Column("saved_bytes", "saved bytes", lambda line: bytes_of(line.saved_bytes), importance=7),
        Column("rf", "RF", _field("size"), importance=4),
        Column("jump", "jump", _field("jump"), importance=5),
        Column("start", "start", _field("start"), importance=8),
        Column("centre", "centre", _field("centre"), importance=8),
        Column("coverage", "coverage", _field("coverage"), importance=8),
        Column("shortest", "shortest RF", _field("shortest"), importance=8),
        Column("effective", "effective RF", _field("effective"), importance=8),
        Column("place", "place", lambda line: line.place, right=False, importance=9),
    )
}

DEFAULT = ("layer", "op", "output", "times", "exact", "lost", "params", "macs", "rf", "jump")
_HIDDEN_IF_EMPTY = ("times", "exact", "lost")


def choose(names: Sequence[str] | None, lines: Sequence[Line]) -> list[Column]:
    """The columns of a table: those asked for, or the usual ones, less those that would be empty.

    Raises:
        UsageError: there is no such column.
    """
    if names is None:
        return [
            COLUMNS[name] for name in DEFAULT if name not in _HIDDEN_IF_EMPTY or any(map(COLUMNS[name].cell, lines))
        ]
    for name in names:
        if name not in COLUMNS:
            raise UsageError(f"there is no column '{name}'{nearest(name, COLUMNS)}; there are {', '.join(COLUMNS)}")
    return [COLUMNS[name] for name in names]
