"""The table: read from the package, its columns, a row by its name."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from cnncalc.diagnostics import UsageError
from cnncalc.spec.suggest import nearest

FILE = Path(__file__).with_name("table.json.gz")

TEXTS = ("name", "source", "family", "input", "output", "proof")
NUMBERS = (
    "params", "buffers", "macs", "flops", "weights", "activations", "saved", "inference_peak", "training_peak", "rf", "stride", "layers", "depth",
)  # fmt: skip
COLUMNS = (*TEXTS[:-1], *NUMBERS, TEXTS[-1])

PROOFS = {
    "equal outputs": "the module built from its spec takes the state_dict of the original and gives equal outputs",
    "numbers": "its parameters are the original's, and its MACs those that FlopCounterMode counts",
    "shipped": "a shipped spec; it was not held against anything when this table was made, the project's tests are about it",
    "verified": "a shipped spec; every number was held against the module that is built from it",
}
"""What ``proof`` says, and means."""

Row = dict[str, Any]


@cache
def rows() -> tuple[Row, ...]:
    """All networks, by source and name."""
    import gzip
    import json

    stored = json.loads(gzip.decompress(FILE.read_bytes()))
    return tuple(dict(zip(COLUMNS, values, strict=True)) for values in zip(*(stored[c] for c in COLUMNS), strict=True))


def named(name: str) -> list[Row]:
    """The rows of a name: ``resnet50`` in all sources, ``timm/resnet50`` in one.

    Raises:
        UsageError: there is none.
    """
    found = [row for row in rows() if name in (row["name"], f"{row['source']}/{row['name']}")]
    if not found:
        alike = [row["name"] for row in rows() if row["name"][:1] == name.rpartition("/")[2][:1]]
        raise UsageError(f"the atlas has no network '{name}'{nearest(name.rpartition('/')[2], alike)}")
    return found


def column(name: str) -> str:
    """The name of a column.

    Raises:
        UsageError: there is none of this name.
    """
    if name not in COLUMNS:
        raise UsageError(f"the atlas has no column '{name}'{nearest(name, COLUMNS)}; it has {', '.join(COLUMNS)}")
    return name
