"""How far networks are from each other, and which are nearest."""

from __future__ import annotations

from math import log2, sqrt
from typing import TYPE_CHECKING

from cnncalc.atlas.figures import WHOLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from cnncalc.atlas.table import Row

COMPARED = ("params", "macs", "activations", "inference_peak", "rf")


def distance(one: Mapping[str, Any], other: Mapping[str, Any]) -> float:
    """Root of the mean square of the binary logarithms of the quotients of the compared figures.

    0 is equal; 1 is, on the whole, a factor of 2. A field that reaches everywhere counts as the longest axis of the input; what
    is unknown of either is left out.
    """
    pairs = [(_value(one, name), _value(other, name)) for name in COMPARED]
    squares = [log2((a + 1) / (b + 1)) ** 2 for a, b in pairs if a is not None and b is not None]
    return sqrt(sum(squares) / len(squares))


def _value(row: Mapping[str, Any], name: str) -> int | None:
    value = row[name]
    if value == WHOLE:
        first = row["input"].split(" ")[0].split("x")
        return max(map(int, first[1:] or first))
    return None if value is None else int(value)


def nearest_to(one: Mapping[str, Any], rows: Iterable[Row]) -> list[Row]:
    """The rows, each with its ``distance``, the nearest first."""
    found = [row | {"distance": round(distance(one, row), 3)} for row in rows]
    return sorted(found, key=lambda row: (row["distance"], row["name"]))
