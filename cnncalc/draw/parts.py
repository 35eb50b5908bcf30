"""The parts of a network that a picture draws: its layers, or its blocks folded until the picture is small enough."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from cnncalc.diagnostics import UsageError
from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cnncalc.analysis.result import Analysis, Row

MOST = 1000
"""More parts are too many for anybody to look at."""


class Part(NamedTuple):
    """Layers that follow one another, drawn as one. ``name``: their common path, or those of the first and the last."""

    name: str
    rows: tuple[Row, ...]

    @property
    def last(self) -> Row:
        """The layer whose output is that of the part."""
        return self.rows[-1]

    @property
    def op(self) -> str:
        """The operation, or how many there are."""
        return self.last.node.op if len(self.rows) == 1 else f"{len(self.rows):,} layers"

    @property
    def label(self) -> str:
        """The name, with the operation where the name is but a number."""
        return labelled(self.name, self.op) if len(self.rows) == 1 else self.name

    @property
    def layer(self) -> str:
        """The path that stands for it in a table."""
        return self.last.node.path if len(self.rows) == 1 else self.name

    def total(self, figure: Callable[[Row], int | None]) -> int | None:
        """The sum of a figure; None if one is unknown."""
        found = [figure(row) for row in self.rows]
        return None if None in found else sum(value or 0 for value in found)


def labelled(name: str, op: str) -> str:
    """A path, with the operation where it ends in a number."""
    return f"{name} {op}" if name.rpartition(".")[2].isdigit() and op.isidentifier() else name


def parts(analysis: Analysis, depth: int | None, most: int) -> list[Part]:
    """The network in parts, in the order of execution.

    Args:
        analysis: the network.
        depth: how far blocks unfold, in components of their paths; None: as far as there are at most ``most`` parts.
        most: how many parts a picture has room for; more neighbours are joined evenly.

    Raises:
        UsageError: there are too many parts at this depth.
    """
    rows = analysis.rows
    if depth is not None:
        made = _folded(rows, depth)
        if len(made) > MOST:
            raise UsageError(
                f"--depth {depth} gives {len(made):,} parts, of which {MOST:,} can be drawn: use a smaller depth"
            )
        return made
    if len(rows) <= most:
        return _folded(rows, len(rows))
    deepest = max((row.node.path.count(".") + 1 for row in rows), default=1)
    made = _folded(rows, 1)
    for level in range(2, deepest + 1):
        finer = _folded(rows, level)
        if len(finer) > most:
            break
        made = finer
    return made if len(made) <= most else _joined(made, most)


def _folded(rows: Sequence[Row], depth: int) -> list[Part]:
    def module(row: Row) -> str:
        return ".".join(row.node.path.split(".")[:depth])

    found = []
    for name, group in groupby(rows, module):
        inside = tuple(group)
        found.append(Part(name if len(inside) > 1 else inside[0].node.path, inside))
    return found


def _joined(made: Sequence[Part], most: int) -> list[Part]:
    """Neighbours together, as evenly as can be."""
    found = []
    for i in range(most):
        group = made[i * len(made) // most : (i + 1) * len(made) // most]
        rows = tuple(row for part in group for row in part.rows)
        found.append(group[0] if len(group) == 1 else Part(f"{group[0].name} to {group[-1].name}", rows))
    return found
