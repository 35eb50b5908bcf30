"""The boxes of a graph: layers and folded blocks, and what each reads. Equal blocks in a row are drawn once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.draw.parts import Part, parts
from cnncalc.layers.base import shown
from cnncalc.record import NamedTuple
from cnncalc.render.columns import number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.analysis.result import Analysis, Row


class Box(NamedTuple):
    """What a box says; ``tail`` in little room. ``many``: whether it folds several layers; ``layer``: the path that stands for it in a table."""

    name: str
    op: str
    label: str
    tail: str
    size: str
    title: str
    layer: str
    many: bool = False


def boxes(analysis: Analysis, depth: int | None, most: int) -> tuple[list[Box], list[tuple[int, ...]]]:
    """Boxes in the order of execution, the inputs first, and for every one the boxes that it reads.

    Raises:
        UsageError: there are too many at this depth.
    """
    made = parts(analysis, depth, most)
    inputs = list(analysis.graph.inputs)
    owner = {node.index: i for i, node in enumerate(inputs)}
    for i, part in enumerate(made):
        owner |= {row.node.index: len(inputs) + i for row in part.rows}
    reads: list[tuple[int, ...]] = [() for _ in inputs]
    for i, part in enumerate(made, len(inputs)):
        found = [owner[j] for row in part.rows for j in row.node.inputs if j in owner and owner[j] != i]
        reads.append(tuple(dict.fromkeys(found)))
    drawn = [_input(node.path, node.shape) for node in inputs]
    if depth is not None:
        return drawn + [_box([part]) for part in made], reads
    runs = _runs(made, reads, len(inputs))
    place = {len(inputs) + i: len(inputs) + j for j, run in enumerate(runs) for i in run} | {
        i: i for i in range(len(inputs))
    }
    joined = [
        tuple(
            dict.fromkeys(place[j] for i in run for j in reads[len(inputs) + i] if place[j] != place[len(inputs) + i])
        )
        for run in runs
    ]
    return drawn + [_box([made[i] for i in run]) for run in runs], reads[: len(inputs)] + joined


def _runs(made: Sequence[Part], reads: Sequence[tuple[int, ...]], first: int) -> list[list[int]]:
    """Neighbours that are equal blocks, each reading the one before alone."""
    runs: list[list[int]] = []
    signatures = [_signature(part) for part in made]
    readers: dict[int, int] = {}
    for one in reads:
        for j in one:
            readers[j] = readers.get(j, 0) + 1
    for i, part in enumerate(made):
        before = i - 1
        chained = i > 0 and reads[first + i] == (first + before,) and readers.get(first + before) == 1
        if len(part.rows) > 1 and chained and signatures[i] == signatures[before]:
            runs[-1].append(i)
        else:
            runs.append([i])
    return runs


def _signature(part: Part) -> tuple[object, ...]:
    start = part.rows[0].node.index
    return tuple(
        (row.node.op, row.node.shape, row.params, tuple(max(i - start, -1) for i in row.node.inputs))
        for row in part.rows
    )


def _input(name: str, shape: tuple[int, ...] | None) -> Box:
    size = "?" if shape is None else shown(shape)
    return Box(name, "input", name, name, size, f"{name}: {size}", "")


def _box(group: Sequence[Part]) -> Box:
    last = group[-1]
    node = last.last.node
    size = "?" if node.shape is None else shown(node.shape)
    if len(group) > 1:
        name = f"{group[0].name} … {last.name.rpartition('.')[2]}"
        label = tail = f"{name}  ({len(group)} times)"
    else:
        name, (label, tail) = last.name, _label(last)
    params, macs = (sum(part.total(figure) or 0 for part in group) for figure in (_params, _macs))
    op = last.op if len(group) == 1 else f"{len(group)} times {last.op}"
    title = f"{name}: {op}, output {size}, {number(params)} parameters, {number(macs)} MACs"
    return Box(name, last.op, label, tail, size, title, last.layer, many=len(last.rows) > 1)


def _label(part: Part) -> tuple[str, str]:
    """What a box says of one part, and the same in little room."""
    tail = part.name.rpartition(".")[2]
    if len(part.rows) > 1:
        return (part.name, part.name) if " to " in part.name else (f"{part.name}  ({part.op})", tail)
    node = part.last.node
    kernel = getattr(node.layer, "kernel_size", None)
    axes = (kernel,) * (len(node.shape or ()) - 1) if isinstance(kernel, int) else kernel or ()
    window = f" {'x'.join(map(str, axes))}" if axes else ""
    name = part.name if tail.startswith(part.op) else f"{part.name}  {part.op}"
    return f"{name}{window}", f"{part.op}{window}" if tail.isdigit() else f"{tail}{window}"


def _params(row: Row) -> int | None:
    return row.params


def _macs(row: Row) -> int | None:
    return row.macs
