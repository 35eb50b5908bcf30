"""Every figure of every receptive field that is shown, as a claim with what was measured."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from cnncalc.analysis.field.receptive_field import seen_by
from cnncalc.record import NamedTuple
from cnncalc.report.verification import Claim
from cnncalc.runtime.steps import Steps
from cnncalc.runtime.verifying.fields import bordered, marking, merges
from cnncalc.runtime.verifying.fields.endless import Fields, Measured, whole
from cnncalc.runtime.verifying.fields.longer import Longer
from cnncalc.runtime.verifying.fields.scatter import HIGH, LOW

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch import nn

    from cnncalc.analysis.field.seen import Seen
    from cnncalc.analysis.result import AxisField, Row
    from cnncalc.graph import Graph, Node

FIGURES = {
    "size": "receptive field",
    "start": "start of the field",
    "jump": "jump",
    "centre": "centre of the field",
    "coverage": "coverage of the field",
    "smallest": "smallest field",
    "largest": "largest field",
}
"""What every figure is called in a claim."""

SHORTEST, EFFECTIVE, IN_IMAGE = "shortest field", "effective field", "field within the image"

UNMEASURED = "what the layer sees depends on the size of the image, or marking it costs much: --full tries all rows"

TOGETHER = "what all outputs see together: the axis is none of the layer's"


class _Axis(NamedTuple):
    shown: AxisField
    measured: Measured | None


def claims(graph: Graph, rows: Sequence[Row], module: nn.Module, *, thorough: bool) -> Iterator[Claim]:
    """Claims about the receptive field of every layer.

    Args:
        graph: the network.
        rows: its analysis.
        module: its module; it is left in evaluation and in float32.
        thorough: mark every row that could matter, whatever it costs.
    """
    module.eval()
    module.float()
    seen = seen_by(graph)
    endless = Fields(graph, module, thorough=thorough)
    inside = marking.carrying(Steps(graph, module))
    known: dict[int, list[_Axis]] = {row.node.index: [] for row in rows}
    for source in graph.inputs:
        own = [
            row
            for row in rows
            if row.receptive_field and (views := seen[row.node.index]) and views.source == source.index
        ]
        for axis in range(len(source.shape or ()) - 1):
            shown = {row.node.index: row.receptive_field[axis] for row in own if row.receptive_field}
            found = endless.axis(source, axis)
            left = {i: field for i, field in shown.items() if i not in found or found[i].seen is None}
            claimed = bordered.wanted(graph, seen, source, axis, left)
            kept = bordered.affordable(claimed, (source.shape or ())[axis + 1], thorough=thorough)
            reached = bordered.measure(inside, seen, source, axis, kept)
            alone = {
                i: items
                for i, items in kept.items()
                if shown[i].whole and (known_views := seen[i]) and known_views.shortest[axis] is None
            }
            short = bordered.measure(
                merges.shortest(inside, _as_it_is(graph, seen, source, axis)), seen, source, axis, alone
            )
            for index, items in kept.items():
                if shown[index].whole and _all_reach(items, reached[index]):
                    size = (source.shape or ())[axis + 1]
                    along = size if index in short and _all_reach(items, short[index]) else None
                    found[index] = Measured(whole(size), along)
                yield from _within(graph.nodes[index], axis, items, reached[index])
            for index, field in shown.items():
                known[index].append(_Axis(field, found.get(index)))
    for row in rows:
        yield from _of(row.node, known[row.node.index])


def _as_it_is(graph: Graph, seen: Sequence[Seen | None], source: Node, axis: int) -> Longer:
    """The network on its own input, in place of a longer one."""
    own = {node.index: node.index for node in graph.nodes}
    return Longer(graph, own, source.index, axis, 1, 0, {}, list(seen))


def _all_reach(items: Sequence[bordered.Within], reached: dict[int | None, set[int]]) -> bool:
    return all({item.first, item.last} <= reached[item.place] for item in items)


def _within(
    node: Node, axis: int, items: Sequence[bordered.Within], reached: dict[int | None, set[int]]
) -> Iterator[Claim]:
    """Rows of the image: those at the ends of the field, and the ones just outside."""
    for item in items:
        hits = reached[item.place]
        predicted = f"{item.first}..{item.last}"
        holds = {item.first, item.last} <= hits and not {item.first - 1, item.last + 1} & hits
        measured = predicted if holds else f"rows {', '.join(map(str, sorted(hits))) or 'none'} reach it"
        place = "the layer" if item.place is None else f"output {item.place}"
        note = f"rows of axis {axis + 1} that {place} sees"
        yield Claim(IN_IMAGE, node.path, predicted, measured, "equal" if holds else "differs", "pixels", note)


def _of(node: Node, axes: Sequence[_Axis]) -> Iterator[Claim]:
    measured = [axis for axis in axes if axis.measured is not None and axis.measured.seen is not None]
    if len(measured) < len(axes):
        sizes = _joined([axis.shown.size for axis in axes])
        yield Claim(FIGURES["size"], node.path, sizes, "?", "not measured", "pixels", UNMEASURED)
    together = TOGETHER if any(axis.measured.together for axis in measured if axis.measured) else ""
    for name, kind in FIGURES.items():
        pairs = [(getattr(a.shown, name), getattr(a.measured.seen, name)) for a in measured if a.measured]
        yield from _claim(kind, node, pairs, together)
    paths = [(a.shown.shortest, a.measured.shortest) for a in measured if a.measured]
    yield from _claim(SHORTEST, node, paths)
    yield from _effective(node, measured)


def _claim(kind: str, node: Node, pairs: Sequence[tuple[object, object]], note: str = "") -> Iterator[Claim]:
    known = [(shown, found) for shown, found in pairs if found is not None]
    if known:
        shown, found = _joined([a for a, _ in known]), _joined([b for _, b in known])
        unit = "" if kind == FIGURES["coverage"] else "pixels"
        yield Claim(kind, node.path, shown, found, "equal" if shown == found else "differs", unit, note)


def _effective(node: Node, axes: Sequence[_Axis]) -> Iterator[Claim]:
    known = [(a.shown.effective, a.measured) for a in axes if a.measured and a.measured.effective is not None]
    if not known:
        return
    pairs = [(shown, min(m.effective or 0, m.seen.size if m.seen and m.seen.size else 0)) for shown, m in known]
    holds = all(LOW * shown <= found <= HIGH * shown for shown, found in pairs)
    predicted, measured = (_joined([f"{pair[side]:.1f}" for pair in pairs]) for side in (0, 1))
    note = f"an estimate: what is measured lies within {LOW:.2f} and {HIGH:.2f} times of it"
    yield Claim(EFFECTIVE, node.path, predicted, measured, "close" if holds else "differs", "pixels", note)


def _joined(values: Sequence[object]) -> str:
    texts = [_text(value) for value in values]
    return texts[0] if len(set(texts)) == 1 else "x".join(texts)


def _text(value: object) -> str:
    if isinstance(value, Fraction) and value.denominator == 1:
        return f"{value.numerator:,}"
    return f"{value:,}" if isinstance(value, int) else str(value)
