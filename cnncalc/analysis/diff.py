"""What differs between two networks: layers added, removed, changed, and every total before and after."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from difflib import SequenceMatcher
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cnncalc.analysis.result import Analysis, Row

FIGURES = (
    "params", "buffers", "macs", "flops", "weight_bytes", "activation_bytes", "saved_bytes", "inference_peak_bytes", "training_peak_bytes",
)  # fmt: skip
"""The totals that are compared."""


class Change(NamedTuple):
    """One layer: before and after; one of them is None for a layer that was added or removed."""

    kind: Literal["added", "removed", "changed"]
    before: Row | None
    after: Row | None

    @property
    def path(self) -> str:
        """Its path, the new one if it has both."""
        row = self.after or self.before
        return "" if row is None else row.node.path

    def details(self) -> tuple[str, ...]:
        """What changed in a layer that both networks have: arguments, shape, parameters, MACs, receptive field."""
        if self.before is None or self.after is None:
            return ()
        return tuple(_details(self.before, self.after))


class Total(NamedTuple):
    """A total before and after."""

    name: str
    before: int
    after: int

    @property
    def share(self) -> Fraction | None:
        """The change as a share of what was; None if nothing was."""
        return Fraction(self.after - self.before, self.before) if self.before else None


class Difference(NamedTuple):
    """The difference between two analyses."""

    before: Analysis
    after: Analysis
    changes: tuple[Change, ...]
    totals: tuple[Total, ...]


def difference(before: Analysis, after: Analysis) -> Difference:
    """Compare two networks.

    Layers are matched in the order of execution: first those of equal path and figures; between these, those whose paths
    differ in a number only; between these, those of equal path and operation; then those of equal operation. So a shifted numbering is
    no change of everything, and neither is another width.
    """
    totals = tuple(Total(name, getattr(before.totals, name), getattr(after.totals, name)) for name in FIGURES)
    return Difference(before, after, tuple(_changes(before.rows, after.rows, _KEYS)), totals)


def _changes(old: Sequence[Row], new: Sequence[Row], keys: Sequence[_Key]) -> Iterator[Change]:
    if not keys or not old or not new:
        yield from (Change("removed", row, None) for row in old)
        yield from (Change("added", None, row) for row in new)
        return
    key, *rest = keys
    matcher = SequenceMatcher(None, [key(row) for row in old], [key(row) for row in new], autojunk=False)
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag == "equal":
            yield from (Change("changed", a, b) for a, b in zip(old[i:j], new[k:m], strict=True) if differs(a, b))
        else:
            yield from _changes(old[i:j], new[k:m], rest)


def _same(row: Row) -> Hashable:
    return row.node.path, row.node.op, row.node.shape, row.params, row.macs


def _renumbered(row: Row) -> Hashable:
    return re.sub(r"\d+", "#", row.node.path), row.node.op, row.node.shape, row.params, row.macs


def _place(row: Row) -> Hashable:
    return row.node.path, row.node.op


def _operation(row: Row) -> Hashable:
    return row.node.op


_Key = Callable[["Row"], Hashable]
_KEYS: tuple[_Key, ...] = (_same, _renumbered, _place, _operation)


def differs(a: Row, b: Row) -> bool:
    """Whether two layers differ in themselves: a receptive field that only grew before them is no change of theirs."""
    return any(x != y for _, x, y in (*_fields(a, b), *_sizes(a, b)))


def _details(a: Row, b: Row) -> list[str]:
    parts = (*_fields(a, b), *_sizes(a, b), ("receptive field", _field(a), _field(b)))
    return [f"{name} {_text(x)} -> {_text(y)}" for name, x, y in parts if x != y]


def _sizes(a: Row, b: Row) -> list[tuple[str, Any, Any]]:
    return [("out", a.node.shape, b.node.shape), ("params", a.params, b.params), ("MACs", a.macs, b.macs)]


def _fields(a: Row, b: Row) -> list[tuple[str, Any, Any]]:
    if type(a.node.layer) is not type(b.node.layer):
        return [("operation", a.node.op, b.node.op)]
    return [
        (name, getattr(a.node.layer, name), getattr(b.node.layer, name)) for name in type(a.node.layer).model_fields
    ]


def _field(row: Row) -> tuple[int, ...] | None:
    return None if row.receptive_field is None else tuple(axis.size for axis in row.receptive_field)


def _text(value: Any) -> str:
    if value is None:
        return "?"
    if isinstance(value, tuple):
        return "x".join(map(_text, value))
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
