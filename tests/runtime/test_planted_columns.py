"""A proof that can fail: a fault planted in any column of the table, or in any total, makes ``verify`` fail.

Each is altered in memory, by one and by a factor of two; the module stays what it is. What there is to alter comes from the code.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

import cnncalc
from cnncalc.analysis.field import positions
from cnncalc.analysis.result import Analysis, Row, Totals
from cnncalc.graph import Graph
from cnncalc.render.columns import COLUMNS
from cnncalc.runtime.verify import verify
from cnncalc.runtime.verifying import bench, held

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
from tests.runtime.faults import altered_cost, more

PLAIN = "3x37x37 | conv 64 5 s2 | bn | relu | maxpool 3 s2 | conv 16 3 p1 | relu | avgpool 2 | flatten | linear 10"


STEEP = "1x37x37 | conv 64 5 s2 | maxpool 3 s2 | conv 16 3 p1 | avgpool 2 | flatten | linear 10"
"""With one peak that nothing comes near."""


def field(row: Row, name: str, value: Any) -> Row:
    """The same with a figure of its receptive field altered on the first axis."""
    axes = row.receptive_field or ()
    return row._replace(receptive_field=(axes[0]._replace(**{name: value}), *axes[1:]))


def in_fields(name: str, row: Row) -> Iterator[Row]:
    figure = {"rf": "size"}.get(name, name)
    for axis in (row.receptive_field or ())[:1]:
        true = getattr(axis, figure)
        for value in more(true):
            if (name not in held.WITHIN or value >= 2 * true) and not (axis.whole and name == "effective"):
                yield field(row, figure, value)


def in_fits(name: str, row: Row) -> Iterator[Row]:
    figure = {"lost": "lost_real"}.get(name, name)
    for number, fit in enumerate(row.fits):
        for value in more(getattr(fit, figure)):
            told = fit._replace(**{figure: value})
            yield row._replace(fits=(*row.fits[:number], told, *row.fits[number + 1 :]))


def in_cost(name: str, row: Row) -> Iterator[Row]:
    kind = {"macs": "mac"}.get(name, "add")
    for value in more((row.cost or {}).get(kind, 0)):
        yield row._replace(cost={**(row.cost or {}), kind: value})


def in_node(name: str, row: Row) -> Iterator[Row]:
    shape = row.node.shape or (0,)
    other = {"shape": (*shape[:-1], shape[-1] + 1)} if name == "output" else {"times": row.node.times + 1}
    yield row._replace(node=row.node._replace(**other))


def in_row(name: str, row: Row) -> Iterator[Row]:
    for value in more(getattr(row, name)):
        yield row._replace(**{name: value})


COLUMN: dict[str, Callable[[str, Row], Iterator[Row]]] = {
    **dict.fromkeys(("rf", "jump", "start", "centre", "coverage", "shortest", "effective"), in_fields),
    **dict.fromkeys(("exact", "lost"), in_fits),
    **dict.fromkeys(("macs", "flops"), in_cost),
    **dict.fromkeys(("output", "times"), in_node),
    **dict.fromkeys(("params", "buffers", "output_bytes", "saved_bytes"), in_row),
}
"""How the figures of a column are altered in a row."""


def test_every_column_of_figures_is_held() -> None:
    assert {column.id for column in COLUMNS.values() if column.right} == held.COLUMNS.keys()


@pytest.mark.parametrize("name", sorted(held.COLUMNS))
def test_columns(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    network = cnncalc.load(PLAIN)
    true = bench.analyse
    rows = true(network.graph, batch=2).rows
    tried = 0
    for place, row in enumerate(rows):
        for altered in COLUMN[name](name, row):

            def lie(graph: Graph, *, altered: Row = altered, place: int = place, **options: Any) -> Analysis:
                told = true(graph, **options)
                return told._replace(rows=(*told.rows[:place], altered, *told.rows[place + 1 :]))

            monkeypatch.setattr(bench, "analyse", lie)
            kinds = {claim.kind for claim in verify(network).differences}
            assert kinds & set(held.COLUMNS[name]), f"{name} of {row.node.path}: {altered}"
            tried += 1
    assert tried >= len(held.COLUMNS[name])


def test_every_total_is_held() -> None:
    assert {name for name in Totals._fields if name not in ("complete", "stated")} == held.TOTALS.keys()


@pytest.mark.parametrize("name", sorted(held.TOTALS))
def test_totals(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    network = cnncalc.load(PLAIN)
    true = bench.analyse
    totals = true(network.graph, batch=2).totals
    if name.endswith("_at"):
        network = cnncalc.load(STEEP)
        totals = true(network.graph, batch=2).totals
    value = getattr(totals, name)
    ways = list(altered_cost(value)) if name == "flops_by_kind" else more(value)
    for told in ways[1:] if name in held.WITHIN else ways:
        if name.endswith("_at") and told >= len(network.graph.nodes):
            continue

        def lie(graph: Graph, *, told: Any = told, **options: Any) -> Analysis:
            found = true(graph, **options)
            return found._replace(totals=found.totals._replace(**{name: told}))

        monkeypatch.setattr(bench, "analyse", lie)
        kinds = {claim.kind for claim in verify(network).differences}
        assert kinds & set(held.TOTALS[name]), f"{name}: {value} told as {told}"


def test_a_field_one_pixel_too_wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """The window's step of the positions one tap too long: LeNet's first 5x5 convolution shows 6 then."""
    true = positions._window  # noqa: SLF001 (the one place where fields grow)
    monkeypatch.setattr(
        positions, "_window", lambda view, axis, budget: true(view, axis._replace(kernel=axis.kernel + 1), budget)
    )
    network = cnncalc.load("lenet5")
    assert cnncalc.analyze(network).layers[0].receptive_field[0].size == 6
    assert ("receptive field", "0") in {(claim.kind, claim.layer) for claim in verify(network).differences}


def test_lost_rows_one_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    true = bench.analyse

    def lie(graph: Graph, **options: Any) -> Analysis:
        told = true(graph, **options)
        rows = [row._replace(fits=tuple(fit._replace(lost=fit.lost + 1) for fit in row.fits)) for row in told.rows]
        return told._replace(rows=tuple(rows))

    monkeypatch.setattr(bench, "analyse", lie)
    network = cnncalc.load("resnet18")
    wrong = {claim.layer for claim in verify(network).differences if claim.kind == "lost padded rows"}
    assert wrong == {row.node.path for row in true(network.graph).rows if row.fits}


def test_exact_sizes_are_fractions() -> None:
    """(7 - 3) / 3 + 1: a 3x3 window with stride 3 on 7 pixels gives 2.33 and loses a row."""
    claims = verify(cnncalc.load("1x7x7 | conv 1 3 s3")).claims
    measured = {claim.kind: claim.measured for claim in claims if claim.layer == "0"}
    assert measured["exact size"] == str(Fraction(7, 3))
    assert (measured["lost padded rows"], measured["lost rows"]) == ("1", "1")
