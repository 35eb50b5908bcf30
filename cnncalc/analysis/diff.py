"""What differs between two networks: layers added, removed, changed, and every total before and after."""

from __future__ import annotations

from difflib import SequenceMatcher
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

from cnncalc.record import NamedTuple

if TYPE_CHECKING:
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

    Layers are matched in the order of execution: those of equal path and operation first, then those that stand in the
    same place between matched ones and have the same operation.
    """
    changes: list[Change] = []
    old, new = before.rows, after.rows
    matcher = SequenceMatcher(None, [_key(row) for row in old], [_key(row) for row in new], autojunk=False)
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag == "equal":
            changes += [Change("changed", a, b) for a, b in zip(old[i:j], new[k:m], strict=True) if differs(a, b)]
        else:
            changes += _replaced(old[i:j], new[k:m])
    totals = tuple(Total(name, getattr(before.totals, name), getattr(after.totals, name)) for name in FIGURES)
    return Difference(before, after, tuple(changes), totals)


def _key(row: Row) -> tuple[str, str]:
    return row.node.path, row.node.op


def _replaced(old: tuple[Row, ...], new: tuple[Row, ...]) -> list[Change]:
    """A stretch without equal paths: match by operation, so that a shifted numbering is no change of everything."""
    changes: list[Change] = []
    matcher = SequenceMatcher(None, [row.node.op for row in old], [row.node.op for row in new], autojunk=False)
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag == "equal":
            changes += [Change("changed", a, b) for a, b in zip(old[i:j], new[k:m], strict=True) if differs(a, b)]
        else:
            changes += [Change("removed", row, None) for row in old[i:j]]
            changes += [Change("added", None, row) for row in new[k:m]]
    return changes


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
