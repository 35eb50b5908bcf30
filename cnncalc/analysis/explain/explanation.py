"""Where the numbers of one layer come from: every formula in letters, with its numbers, and its result."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from cnncalc.analysis.explain import formulas
from cnncalc.analysis.explain.cost import cost_steps
from cnncalc.analysis.explain.field import field_steps
from cnncalc.analysis.explain.size import size_steps
from cnncalc.analysis.explain.step import Step, Values, step
from cnncalc.analysis.prepared import prepare
from cnncalc.display import bundle, html
from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cnncalc.analysis.prepared import Prepared
    from cnncalc.analysis.result import Analysis, Row

__all__ = ["Explanation", "Step", "explain", "explained"]


class Explanation(NamedTuple):
    """How the numbers of a row arise. ``about``: what the layer does, in the words of its documentation."""

    row: Row
    about: str
    steps: tuple[Step, ...]

    @property
    def symbols(self) -> dict[str, str]:
        """The letters that the formulas use, and their meaning."""
        used = dict.fromkeys(symbol for one in self.steps for symbol in one.symbols)
        times = self.row.node.times
        copies = f"copies in the batch, {times} per sample" if times else "one copy, whatever the batch is"
        meanings = formulas.SYMBOLS if times == 1 else formulas.SYMBOLS | {"N": copies}
        return {symbol: meanings[symbol] for symbol in used}

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return bundle(self)

    def _repr_html_(self) -> str:
        return html(self)


def explain(analysis: Analysis, row: Row) -> Explanation:
    """Explain the numbers of one row of an analysis.

    A step whose numbers are unknown, because the layer is broken, is left out.
    """
    return next(explained(analysis, (row,)))


def explained(analysis: Analysis, rows: Iterable[Row]) -> Iterator[Explanation]:
    """Explain many rows of an analysis, for which every layer is asked once."""
    ready = prepare(analysis.graph, analysis.batch, analysis.dtype)
    fields = {row.node.index: row.receptive_field for row in analysis.rows}
    first = _first_keepers(ready)
    for row in rows:
        facts = ready.facts[row.node.index]
        about = (type(row.node.layer).__doc__ or "").split("\n\n")[0]
        if facts is None:
            yield Explanation(row, about, ())
            continue
        steps = [
            *size_steps(row, facts),
            *cost_steps(analysis, row, facts),
            *_memory_steps(ready, row, first),
            *field_steps(analysis, row, fields),
        ]
        yield Explanation(row, about, tuple(steps))


def _first_keepers(ready: Prepared) -> dict[int, int]:
    """For every storage that autograd keeps the first layer that keeps it."""
    first: dict[int, int] = {}
    for index, keep in enumerate(ready.keeps):
        for storage in keep.storages:
            first.setdefault(storage, index)
    return first


def _memory_steps(ready: Prepared, row: Row, first: dict[int, int]) -> list[Step]:
    shape, run = row.node.shape or (), ready.run
    values: Values = {"N": row.node.copies(run.batch), "U": "*".join(map(str, shape)), "B": run.itemsize}
    shared = "no new memory: it lives in the storage of its input" if ready.views[row.node.index] else ""
    output = step("output", formulas.OUTPUT_BYTES, values, row.output_bytes, unit="bytes", note=shared)
    return [output, _saved_step(ready, row, first)]


def _saved_step(ready: Prepared, row: Row, first: dict[int, int]) -> Step:
    """What autograd keeps for the layer: each storage with its bytes, or with the layer that keeps it already."""
    i, where = row.node.index, ready.where
    keep = ready.keeps[i]
    earlier = {storage: first[storage] for storage in keep.storages if first[storage] < i}
    new = [where.size[s] for s in keep.storages if s not in earlier] + [keep.extra] * bool(keep.extra)
    notes = [
        f"{_named(ready, s)}: already kept by {ready.graph.nodes[earlier[s]].path}"
        for s in keep.storages
        if s in earlier
    ]
    notes += [f"{_named(ready, s)}: {where.size[s]:,} bytes" for s in keep.storages if s not in earlier]
    notes += [f"made by the layer itself: {keep.extra:,} bytes"] * bool(keep.extra)
    if not ready.needs[i]:
        notes = ["no parameter in it or before it is trained: nothing needs a gradient"]
    numbers = " + ".join(map(str, new)) if len(new) > 1 else ""
    return Step("saved for backward", "", numbers, Fraction(sum(new)), unit="bytes", note="; ".join(notes))


def _named(ready: Prepared, storage: int) -> str:
    node = ready.graph.nodes[storage]
    if node.op == "input":
        return "the input" if len(ready.graph.inputs) == 1 else f"the input {node.path}"
    return f"the output of {node.path}"
