"""A proof that can fail: a fault planted in any fact of a layer makes ``verify`` fail.

Every fact of every layer is altered in memory, by one and by a factor of two; the module stays what it is. What there is to
alter comes from the code.
"""

from __future__ import annotations

import inspect
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

import cnncalc
from cnncalc.analysis.result import Analysis
from cnncalc.graph import Graph
from cnncalc.layers import registry
from cnncalc.layers.base import Fit, Layer, Param, Reach, Same, Saved, Scatter, Window
from cnncalc.runtime.verifying import backward, bench, held, peaks
from cnncalc.runtime.verifying.values import OTHERWISE
from tests.conformance.test_layers import behind_products, built, graph_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
from tests.runtime.faults import altered_cost, failing, more

ALONE = {
    "unwindows": ("4x6x6", "x = conv 4 1", "windows 3", "relu", "unwindows x"),
    "frombatch": ("4x6x6", "conv 4 1", "tobatch", "relu", "frombatch 4"),
    "unpool": ("3x8x8", "conv 3 1", "p = maxpool 2", "relu", "unpool p"),
    "number": ("4x8x8", "conv 4 1", "sub(number 1, id)"),
    "where": ("4x8x8", "conv 4 1", "where(lt(learned 4x8x8, number 0), mul(id, learned scalar), id)"),
    "opaque": (
        "4x8x8",
        "conv 4 1",
        "opaque 4x8x8 parameters=20 macs=1024 kept=256 kernel_size=1 source=torch.nn.Conv2d arguments=(4,4,1)",
    ),
    "onehot": ("3x6x6", "x = conv 3 1", "argmax", "onehot 3", "permute (2,0,1)", "mul(id, from x)"),
    "embedding": ("20 int", "embedding 50 8", "permute (1,0)", "conv 3 3"),
    "select": (
        "4x4x4",
        "x = conv 4 1",
        "table = learned 9x4",
        "i = relativeindex 2x2",
        "from table",
        "b = select i",
        "from x",
        "reshape 16x4",
        "add(id, from b)",
    ),
}
"""Networks for layers that cannot stand alone."""


UNHELD = {
    **{(op, "cost"): reason for op, reason in OTHERWISE.items()},
    ("opaque", "reach"): "nobody knows what it gives of a longer input",
    **{(op, "reach"): "truth values cannot be marked" for op in ("eq", "ge", "gt", "le", "lt", "ne")},
}
"""Facts that verify says it has not measured, and why."""


def example(kind: type[Layer], fact: str) -> Graph:
    """The layer alone; what is saved depends on whether something before it is trained."""
    if kind.op in ALONE:
        size, *layers = ALONE[kind.op]
        return cnncalc.load("\n".join([f"input: {size}", "layers:", *(f"  - {layer}" for layer in layers)])).graph
    make = behind_products if fact == "saved" and kind.arity != 0 else graph_of
    return make(kind, kind.EXAMPLES[0])


LAYERS = [pytest.param(kind, id=kind.op) for kind in registry.classes()]


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A network is its graph only."""
    monkeypatch.setattr(bench, "build", lambda network: built(network.graph))


def altered_fits(fits: tuple[Fit, ...]) -> Iterator[tuple[Fit, ...]]:
    for number, fit in enumerate(fits):
        for name in Fit._fields:
            for value in more(getattr(fit, name)):
                yield (*fits[:number], fit._replace(**{name: value}), *fits[number + 1 :])


def altered_params(params: tuple[Param, ...]) -> Iterator[tuple[Param, ...]]:
    for number, param in enumerate(params):
        if param.shape:
            for value in more(param.shape[0]):
                yield (*params[:number], param._replace(shape=(value, *param.shape[1:])), *params[number + 1 :])
    yield (*params, Param("more", (1,)))


def altered_reach(reach: Reach) -> Iterator[Reach]:
    """A window of one more, or twice as large; for layers without one a window of two, or nothing."""
    for number, axis in enumerate(reach.axes):
        if isinstance(axis, Window | Scatter):
            for kernel in more(axis.kernel):
                yield reach._replace(
                    axes=(*reach.axes[:number], axis._replace(kernel=kernel), *reach.axes[number + 1 :])
                )
            for stride in more(axis.stride):
                yield reach._replace(
                    axes=(*reach.axes[:number], axis._replace(stride=stride), *reach.axes[number + 1 :])
                )
            for begin in more(axis.begin):
                yield reach._replace(axes=(*reach.axes[:number], axis._replace(begin=begin), *reach.axes[number + 1 :]))
        elif isinstance(axis, Same):
            yield reach._replace(axes=(*reach.axes[:number], Window(2, 1, 0, 1), *reach.axes[number + 1 :]))
    if reach.order is None and reach.batch is None and not reach.axes:
        yield Reach(globally=not reach.globally)


def altered_saved(saved: Saved) -> Iterator[Saved]:
    for extra in more(saved.extra):
        yield saved._replace(extra=extra)


def altered_times(times: int) -> Iterator[int]:
    yield from more(times)


FACTS: dict[str, Callable[[Any], Iterator[Any]]] = {
    "fits": altered_fits,
    "params": altered_params,
    "cost": altered_cost,
    "reach": altered_reach,
    "reach_of": lambda reach: iter(
        [Reach((Window(2, 1, 0, 1),), first=Same())] if reach.axes else [Reach((Same(),), first=Same())]
    ),
    "saved": altered_saved,
    "is_view": lambda value: iter([not value]),
    "itemsize": lambda value: iter([value + 1]),
    "infer": lambda shape: iter([(n + 1, *shape[1:]) if shape else (2,) for n in shape[:1] or (1,)]),
    "often": altered_times,
}


def test_every_fact_is_held_or_is_no_figure() -> None:
    stated = {name for name, value in vars(Layer).items() if inspect.isfunction(value) and not name.startswith("_")}
    stated |= {"itemsize", "has_gradient", "stretches", "stated", "unknown"}
    assert stated == held.FACTS.keys() | held.NO_FIGURES.keys()
    assert held.FACTS.keys() == FACTS.keys()


@contextmanager
def planted(kind: type[Layer], fact: str, number: int) -> Iterator[list[int]]:
    """The fact of a layer altered while the analysis asks; yields how many ways there are to alter it."""
    own = kind.__dict__.get(fact)
    true = getattr(kind, fact)
    ways: list[int] = [0]

    def lie(self: Layer, *args: Any) -> Any:
        told = list(FACTS[fact](true(self, *args)))
        ways[0] = max(ways[0], len(told))
        return told[number] if number < len(told) else true(self, *args)

    if fact == "itemsize":
        told = list(FACTS[fact](true))
        ways[0] = len(told)
        lie = told[number]  # type: ignore[assignment]
    setattr(kind, fact, lie)
    try:
        yield ways
    finally:
        if own is None:
            delattr(kind, fact)
        else:
            setattr(kind, fact, own)


def shown(analysis: Analysis) -> Any:
    """What is held exactly: all but the peaks."""
    kept = {name: value for name, value in analysis.totals._asdict().items() if "peak" not in name}
    return analysis.rows, kept


class Told:
    """``ways``: how many there are to alter the fact; ``seen``: whether what is shown has changed."""

    ways = 0
    seen = False


def lying(monkeypatch: pytest.MonkeyPatch, kind: type[Layer], fact: str, number: int) -> Told:
    """The analysis alone gets the altered fact; the module, and what is measured, do not."""
    told = Told()
    for place, name in ((bench, "analyse"), (backward, "prepare"), (peaks, "prepare")):
        true = getattr(place, name)

        def ask(graph: Graph, *args: Any, true: Any = true, **options: Any) -> Any:
            right = true(graph, *args, **options)
            if fact in ("infer", "often"):
                return right if true.__name__ == "prepare" else shifted(right, kind, fact, number, told)
            for node in graph.nodes:  # what a layer remembers of itself
                node.layer.__dict__.pop("fits of the last shape", None)
            with planted(kind, fact, number) as ways:
                found = true(graph, *args, **options)
            told.ways = max(told.ways, ways[0])
            told.seen = told.seen or (isinstance(found, Analysis) and shown(found) != shown(right))
            return found

        monkeypatch.setattr(place, name, ask)
    return told


def shifted(analysis: Analysis, kind: type[Layer], fact: str, number: int, told: Told) -> Analysis:
    """An analysis in which a layer has another output, or as many as it has not."""
    rows = []
    for row in analysis.rows:
        node = row.node
        if type(node.layer) is kind:
            ways = list(FACTS[fact](node.shape if fact == "infer" else node.times))
            told.ways = len(ways)
            if number < len(ways):
                node = node._replace(**{"shape" if fact == "infer" else "times": ways[number]})
                told.seen = True
        rows.append(row._replace(node=node))
    return analysis._replace(rows=tuple(rows))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("fact", sorted(held.FACTS))
@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.usefixtures("alone")
def test_facts(kind: type[Layer], fact: str) -> None:
    """Whatever of a fact can be seen in the analysis: if it is altered, something fails."""
    graph = example(kind, fact)
    true = failing(graph)
    number, ways = 0, 1
    while number < ways:
        with pytest.MonkeyPatch.context() as patch:
            told = lying(patch, kind, fact, number)
            try:
                found = failing(graph) - true
            except Exception:  # noqa: BLE001 (an analysis that cannot be made is no proof either)
                found = {("none", "", "")}
        ways, number = told.ways, number + 1
        if number <= ways and told.seen and (kind.op, fact) not in UNHELD:
            assert found, f"{kind.op}.{fact}, way {number} of {ways}: nothing fails"
